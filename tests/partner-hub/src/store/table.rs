//! Rows that are found by id and listed by page.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::available_parallelism;

use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::task::{JoinError, spawn_blocking};

use crate::lock::lock;
use crate::store::rows::Row;
use crate::store::snapshot::Snapshot;
use crate::store::stored::{Slot, Source, Stored};
use crate::store::view::{Query, View};

/// A table, which changes while the state is locked.
#[derive(Debug)]
pub(crate) struct Table<R> {
    // A hash table would have to be hashed again as it grows, which takes long.
    by_id: BTreeMap<Arc<str>, Slot>,
    next: Slot,
    pages: Arc<Pages<R>>,
}

impl<R: Row> Table<R> {
    pub(crate) fn new() -> Self {
        Self {
            by_id: BTreeMap::new(),
            next: 0,
            pages: Arc::new(Pages {
                rows: Mutex::new(Snapshot::new()),
                views: Mutex::default(),
            }),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: &str) -> Option<Arc<Stored<R>>> {
        lock(&self.pages.rows).get(*self.by_id.get(id)?).cloned()
    }

    /// The rows as they are now.
    pub(crate) fn snapshot(&self) -> Snapshot<R> {
        lock(&self.pages.rows).clone()
    }

    /// The pages of the table, which can be read when the state is no longer locked.
    pub(crate) fn pages(&self) -> Arc<Pages<R>> {
        Arc::clone(&self.pages)
    }

    /// Adds a row and removes one with the same id.
    pub(crate) fn insert(&mut self, row: R) {
        let id = Arc::from(row.id());
        self.insert_source(id, Source::Row(Box::new(row)));
    }

    /// Adds the row with this id, as [`Self::insert`] does.
    pub(crate) fn insert_source(&mut self, id: Arc<str>, source: Source<R>) {
        let slot = self.next;
        let Some(next) = slot.checked_add(1) else {
            return;
        };
        self.next = next;
        let previous = self.by_id.insert(Arc::clone(&id), slot);
        let mut rows = lock(&self.pages.rows);
        rows.insert(Stored::new(slot, id, source));
        if let Some(previous) = previous {
            rows.remove(previous);
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<Stored<R>>> {
        let slot = self.by_id.remove(id)?;
        lock(&self.pages.rows).remove(slot)
    }

    /// Changes a row, except for its id, and returns its JSON.
    pub(crate) fn update(&mut self, id: &str, change: impl FnOnce(&mut R)) -> Option<String> {
        let stored = self.get(id)?;
        let mut row = stored.row().into_owned();
        change(&mut row);
        let source = Source::Row(Box::new(row));
        let changed = Stored::new(stored.slot, Arc::clone(&stored.id), source);
        let json = changed.json().into_owned();
        lock(&self.pages.rows).insert(changed);
        Some(json)
    }
}

impl<R: Row> Clone for Table<R> {
    /// The copy shares the rows, and neither changes the other.
    fn clone(&self) -> Self {
        Self {
            by_id: self.by_id.clone(),
            next: self.next,
            pages: Arc::new(Pages {
                rows: Mutex::new(self.snapshot()),
                views: Mutex::default(),
            }),
        }
    }
}

/// The lists of a table, which are read without the state's lock.
#[derive(Debug)]
pub(crate) struct Pages<R> {
    rows: Mutex<Snapshot<R>>,
    /// The views that were read last, the latest at the end.
    views: Mutex<Vec<(Query, Arc<AsyncMutex<View>>)>>,
}

const VIEWS_KEPT: usize = 32;

/// A view that is this many changes behind is refreshed on a thread for blocking work.
const FAR_BEHIND: u64 = 1_000;

/// One thread for each processor: more would not be faster, and slow down all other requests.
static PROCESSORS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

impl<R: Row> Pages<R> {
    pub(crate) async fn page(
        &self,
        query: Query,
        offset: usize,
        limit: usize,
    ) -> Result<Page, JoinError> {
        if query.is_empty() {
            let rows = lock(&self.rows).clone();
            let page = rows.iter(offset).take(limit).map(AsRef::as_ref);
            return Ok(Page::new(rows.len, page));
        }
        let mut view = self.view(&query).lock_owned().await;
        // The rows are read after the view is locked, so that they are not older than the view.
        let mut rows = lock(&self.rows).clone();
        if view.behind(&rows) > FAR_BEHIND {
            let _permit = PROCESSORS.acquire().await;
            let refresh = move || {
                view.refresh(&query, &rows);
                (view, rows)
            };
            (view, rows) = spawn_blocking(refresh).await?;
        } else {
            view.refresh(&query, &rows);
        }
        let page = view.slots().iter().skip(offset).take(limit);
        let page = page.filter_map(|slot| Some(rows.get(*slot)?.as_ref()));
        Ok(Page::new(view.slots().len(), page))
    }

    fn view(&self, query: &Query) -> Arc<AsyncMutex<View>> {
        let mut views = lock(&self.views);
        let view = match views.iter().position(|(known, _)| known == query) {
            Some(known) => views.remove(known),
            None => (query.clone(), Arc::default()),
        };
        if views.len() == VIEWS_KEPT {
            views.remove(0);
        }
        let latest = Arc::clone(&view.1);
        views.push(view);
        latest
    }
}

/// Part of the rows that a query found.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) total: usize,
    pub(crate) count: usize,
    /// The JSON of the rows, separated by commas.
    pub(crate) items: Vec<u8>,
}

impl Page {
    pub(crate) fn new<'a, R: Row>(total: usize, rows: impl Iterator<Item = &'a Stored<R>>) -> Self {
        let (mut count, mut items) = (0, Vec::new());
        for row in rows {
            if count > 0 {
                items.push(b',');
            }
            items.extend_from_slice(row.json().as_bytes());
            count += 1;
        }
        Self {
            total,
            count,
            items,
        }
    }
}
