//! Rows that are found by id, filtered and sorted without a scan of the whole table for each page.
//!
//! - **Orders.** The table is sorted once for each requested order. Inserts, updates and removals
//!   keep the order sorted.
//! - **Columns.** A filtered field has a column of integers, one for each row, so that a filter reads
//!   four bytes per row.
//! - **Views.** The result of a filter is kept and updated, because a client that reads one page
//!   usually reads the next.
//! - **JSON.** A row is serialised when it is first sent.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::store::column::{Column, REMOVED, Wanted};
use crate::store::rows::{Getter, Row};

/// A field to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SortKey {
    /// The index of the field in [`Row::SORTS`].
    pub(crate) field: usize,
    pub(crate) descending: bool,
}

/// Filters, search term and order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    /// Indexes into [`Row::FILTERS`].
    pub(crate) filters: Vec<(usize, Wanted)>,
    pub(crate) q: Option<String>,
    pub(crate) sort: Vec<SortKey>,
}

/// Part of the rows that a query found.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) total: usize,
    pub(crate) count: usize,
    /// The JSON of the rows, separated by commas.
    pub(crate) items: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Stored<R> {
    row: R,
    json: Option<Box<str>>,
}

type Slot = u32;

const ORDERS_KEPT: usize = 32;
const VIEWS_KEPT: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct Table<R> {
    slots: Vec<Option<Stored<R>>>,
    by_id: HashMap<String, Slot>,
    orders: Vec<(Vec<SortKey>, Vec<Slot>)>,
    columns: HashMap<usize, Column>,
    views: Vec<(Query, Vec<Slot>)>,
}

impl<R: Row> Table<R> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            by_id: HashMap::new(),
            orders: Vec::new(),
            columns: HashMap::new(),
            views: Vec::new(),
        }
    }

    pub(crate) fn reserve(&mut self, rows: usize) {
        self.slots.reserve(rows);
        self.by_id.reserve(rows);
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&R> {
        row_at(&self.slots, *self.by_id.get(id)?)
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.slots.iter().flatten().map(|stored| stored.row.id())
    }

    /// Adds a row and removes one with the same id.
    pub(crate) fn insert(&mut self, row: R) {
        self.remove(row.id());
        let Ok(slot) = Slot::try_from(self.slots.len()) else {
            return;
        };
        self.by_id.insert(row.id().to_owned(), slot);
        self.slots.push(Some(Stored { row, json: None }));
        self.index(slot);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<R> {
        let slot = *self.by_id.get(id)?;
        self.unindex(slot);
        self.by_id.remove(id);
        self.slots
            .get_mut(slot as usize)?
            .take()
            .map(|stored| stored.row)
    }

    /// Changes a row, except for its id, and returns its JSON.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut R)) -> Option<String> {
        let slot = *self.by_id.get(id)?;
        self.unindex(slot);
        let json = self.slots.get_mut(slot as usize)?.as_mut().map(|stored| {
            change(&mut stored.row);
            stored.json = None;
            stored.row.json()
        });
        self.index(slot);
        json
    }

    pub(crate) fn page(&mut self, query: &Query, offset: usize, limit: usize) -> Page {
        let order = self.order(&query.sort);
        if query.filters.is_empty() && query.q.is_none() {
            let slots = self.orders.get(order).map(|(_, slots)| slots.as_slice());
            return write(&mut self.slots, slots.unwrap_or_default(), offset, limit);
        }
        let view = self.view(query, order);
        let slots = self.views.get(view).map(|(_, slots)| slots.as_slice());
        write(&mut self.slots, slots.unwrap_or_default(), offset, limit)
    }

    /// The index in `orders` of the rows in this order.
    fn order(&mut self, sort: &[SortKey]) -> usize {
        if let Some(found) = self.orders.iter().position(|(keys, _)| keys == sort) {
            return found;
        }
        let mut slots: Vec<Slot> = self.by_id.values().copied().collect();
        if sort.is_empty() {
            slots.sort_unstable();
        } else {
            slots.sort_unstable_by(|left, right| compare(&self.slots, sort, *left, *right));
        }
        if self.orders.len() >= ORDERS_KEPT {
            self.orders.remove(0);
        }
        self.orders.push((sort.to_vec(), slots));
        self.orders.len() - 1
    }

    /// The index in `views` of the rows that the query finds.
    fn view(&mut self, query: &Query, order: usize) -> usize {
        if let Some(found) = self.views.iter().position(|(known, _)| known == query) {
            return found;
        }
        let slots = self.find(query, order);
        if self.views.len() >= VIEWS_KEPT {
            self.views.remove(0);
        }
        self.views.push((query.clone(), slots));
        self.views.len() - 1
    }

    fn find(&mut self, query: &Query, order: usize) -> Vec<Slot> {
        // A filter by id finds one row at most and needs no column.
        let id = query.filters.iter().find_map(|(field, wanted)| {
            match (R::FILTERS.get(*field), wanted) {
                (Some(("id", _)), Wanted::String(id)) => Some(id),
                _ => None,
            }
        });
        if let Some(id) = id {
            let slot = self.by_id.get(id.as_str()).copied();
            return slot
                .into_iter()
                .filter(|slot| matches(&self.slots, *slot, query))
                .collect();
        }

        let mut hits: Vec<bool> = self.slots.iter().map(Option::is_some).collect();
        for (field, wanted) in &query.filters {
            let column = Self::column(&mut self.columns, &self.slots, *field);
            let Some(code) = column.wanted(wanted) else {
                return Vec::new();
            };
            for (hit, found) in hits.iter_mut().zip(&column.codes) {
                *hit &= *found == code;
            }
        }
        let found = hits.iter().filter(|hit| **hit).count();
        let sort = &query.sort;
        let mut slots: Vec<Slot> = if found < self.slots.len() / 20 {
            // To sort few rows is faster than to scan a whole order.
            let mut slots: Vec<Slot> = (0..)
                .zip(&hits)
                .filter(|(_, hit)| **hit)
                .map(|(slot, _)| slot)
                .collect();
            slots.sort_unstable_by(|left, right| compare(&self.slots, sort, *left, *right));
            slots
        } else {
            let sorted = self.orders.get(order).map(|(_, slots)| slots.as_slice());
            let is_hit = |slot: &Slot| hits.get(*slot as usize).copied().unwrap_or(false);
            sorted
                .unwrap_or_default()
                .iter()
                .copied()
                .filter(is_hit)
                .collect()
        };
        if let Some(q) = &query.q {
            slots.retain(|slot| row_at(&self.slots, *slot).is_some_and(|row| row.contains(q)));
        }
        slots
    }

    fn column<'a>(
        columns: &'a mut HashMap<usize, Column>,
        slots: &[Option<Stored<R>>],
        field: usize,
    ) -> &'a mut Column {
        columns.entry(field).or_insert_with(|| {
            let mut column = Column::default();
            for stored in slots {
                let code = match (stored, R::FILTERS.get(field)) {
                    (Some(stored), Some((_, get))) => column.code(get(&stored.row).as_deref()),
                    _ => REMOVED,
                };
                column.codes.push(code);
            }
            column
        })
    }

    /// Adds a row to the existing orders, views and columns.
    fn index(&mut self, slot: Slot) {
        for (sort, order) in &mut self.orders {
            insert(&self.slots, sort, order, slot);
        }
        for (query, view) in &mut self.views {
            if matches(&self.slots, slot, query) {
                insert(&self.slots, &query.sort, view, slot);
            }
        }
        let index = slot as usize;
        let row = self.slots.get(index).and_then(Option::as_ref);
        for (field, column) in &mut self.columns {
            let get: Option<Getter<R>> = R::FILTERS.get(*field).map(|(_, get)| *get);
            let code = match (row, get) {
                (Some(stored), Some(get)) => column.code(get(&stored.row).as_deref()),
                _ => REMOVED,
            };
            if column.codes.len() <= index {
                column.codes.resize(index + 1, REMOVED);
            }
            if let Some(cell) = column.codes.get_mut(index) {
                *cell = code;
            }
        }
    }

    /// Takes a row out of the orders, views and columns before it is changed or removed.
    fn unindex(&mut self, slot: Slot) {
        for (sort, order) in &mut self.orders {
            remove(&self.slots, sort, order, slot);
        }
        for (query, view) in &mut self.views {
            if matches(&self.slots, slot, query) {
                remove(&self.slots, &query.sort, view, slot);
            }
        }
        for column in self.columns.values_mut() {
            if let Some(cell) = column.codes.get_mut(slot as usize) {
                *cell = REMOVED;
            }
        }
    }
}

fn row_at<R>(slots: &[Option<Stored<R>>], slot: Slot) -> Option<&R> {
    Some(&slots.get(slot as usize)?.as_ref()?.row)
}

fn matches<R: Row>(slots: &[Option<Stored<R>>], slot: Slot, query: &Query) -> bool {
    let Some(row) = row_at(slots, slot) else {
        return false;
    };
    let filters = query.filters.iter().all(|(field, wanted)| {
        let value = R::FILTERS.get(*field).and_then(|(_, get)| get(row));
        match wanted {
            Wanted::String(wanted) => value.as_deref() == Some(wanted),
            Wanted::Null => value.is_none(),
            Wanted::Unmatchable => false,
        }
    });
    filters && query.q.as_ref().is_none_or(|q| row.contains(q))
}

/// Inserts a row into an order.
fn insert<R: Row>(
    slots: &[Option<Stored<R>>],
    sort: &[SortKey],
    sorted: &mut Vec<Slot>,
    slot: Slot,
) {
    let place = sorted.partition_point(|other| compare(slots, sort, *other, slot).is_lt());
    sorted.insert(place, slot);
}

/// Removes a row from an order.
fn remove<R: Row>(
    slots: &[Option<Stored<R>>],
    sort: &[SortKey],
    sorted: &mut Vec<Slot>,
    slot: Slot,
) {
    if let Ok(place) = sorted.binary_search_by(|other| compare(slots, sort, *other, slot)) {
        sorted.remove(place);
    }
}

/// Null sorts first; equal rows stay in the order of insertion.
fn compare<R: Row>(
    slots: &[Option<Stored<R>>],
    sort: &[SortKey],
    left: Slot,
    right: Slot,
) -> Ordering {
    if let (Some(one), Some(other)) = (row_at(slots, left), row_at(slots, right)) {
        for key in sort {
            let Some((_, get)) = R::SORTS.get(key.field) else {
                continue;
            };
            let ordering = get(one).cmp(&get(other));
            let ordering = if key.descending {
                ordering.reverse()
            } else {
                ordering
            };
            if ordering.is_ne() {
                return ordering;
            }
        }
    }
    left.cmp(&right)
}

fn write<R: Row>(
    all: &mut [Option<Stored<R>>],
    slots: &[Slot],
    offset: usize,
    limit: usize,
) -> Page {
    let end = offset.saturating_add(limit).min(slots.len());
    let page = slots.get(offset..end).unwrap_or_default();
    let mut items = Vec::with_capacity(page.len() * 1_024);
    for slot in page {
        let Some(stored) = all.get_mut(*slot as usize).and_then(Option::as_mut) else {
            continue;
        };
        if !items.is_empty() {
            items.push(b',');
        }
        let json = stored
            .json
            .get_or_insert_with(|| stored.row.json().into_boxed_str());
        items.extend_from_slice(json.as_bytes());
    }
    Page {
        total: slots.len(),
        count: page.len(),
        items,
    }
}
