//! Who may send next: one state, changed by events at a given time. No clock and no I/O.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;

use super::RateLimit;
use super::pause::Pause;
use super::window::{Forecast, Window};

/// Who goes before whom: logins before the calls that need them, and else who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    class: Class,
    number: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Login,
    Call,
}

/// How a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may send now, and the slot is counted.
    Go(Slot),
    /// It waits; as things stand its turn comes then.
    Wait(Instant),
    /// As things stand its turn comes at its deadline or later, so it does not wait.
    Late(Instant),
}

/// A request that is counted in the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    queue: usize,
    at: Instant,
}

/// The windows, the pause, and all calls that wait. `W` wakes a call.
///
/// A slot goes to the first in the order of [`Place`] whose operation's window, client's window and
/// pause are free: a call that waits for its own operation's window delays nobody else. A slot is
/// granted by whoever looks, so a call that nobody polls costs at most the slot it was granted, for
/// at most a period.
#[derive(Debug)]
pub(super) struct Schedule<W> {
    client: Option<Window>,
    /// The first is of all operations without a limit of their own.
    queues: Vec<Queue<W>>,
    operations: HashMap<&'static str, usize>,
    pause: Option<Pause>,
    /// Slots of calls that have not seen them yet.
    granted: BTreeMap<Place, Slot>,
    places: u64,
    /// Calls that are to look again.
    woken: Vec<W>,
}

#[derive(Debug)]
struct Queue<W> {
    window: Option<Window>,
    waiting: BTreeMap<Place, Waiting<W>>,
}

#[derive(Debug)]
struct Waiting<W> {
    deadline: Instant,
    wake: W,
}

impl<W: Clone> Schedule<W> {
    pub(super) fn new(
        client: Option<RateLimit>,
        operations: HashMap<&'static str, RateLimit>,
    ) -> Self {
        let window = |limit: RateLimit| (!limit.period.is_zero()).then(|| Window::new(limit));
        let mut schedule = Self {
            client: client.and_then(window),
            queues: vec![Queue::new(None)],
            operations: HashMap::new(),
            pause: None,
            granted: BTreeMap::new(),
            places: 0,
            woken: Vec::new(),
        };
        for (operation, limit) in operations {
            let queue = schedule.queues.len();
            schedule.queues.push(Queue::new(window(limit)));
            schedule.operations.insert(operation, queue);
        }
        schedule
    }

    /// Whether every call may send, with no slot to count.
    pub(super) fn is_open(&self, now: impl FnOnce() -> Instant) -> bool {
        let is_limited = self.client.is_some() || !self.operations.is_empty();
        !is_limited && self.pause.is_none_or(|pause| pause.is_over(now()))
    }

    /// A place behind all calls of this class so far.
    pub(super) fn place(&mut self, class: Class) -> Place {
        self.places += 1;
        Place {
            class,
            number: self.places,
        }
    }

    /// How the call of this place stands; it waits from now on unless it may go or is late.
    pub(super) fn turn(
        &mut self,
        now: Instant,
        place: Place,
        operation: &str,
        deadline: Instant,
        wake: &W,
    ) -> Turn {
        let is_past = deadline <= now;
        if let Some(slot) = self.granted.remove(&place) {
            if !is_past && self.holds(slot, now) {
                return Turn::Go(self.renew(slot, now));
            }
            self.give_back(now, slot);
        }
        let queue = self.operations.get(operation).copied().unwrap_or_default();
        let waiting = Waiting {
            deadline,
            wake: wake.clone(),
        };
        self.queues[queue].waiting.insert(place, waiting);
        if !is_past {
            self.dispatch(now);
            if let Some(slot) = self.granted.remove(&place) {
                return Turn::Go(slot);
            }
        }
        let at = self.forecast(now, queue, place);
        if deadline <= at {
            self.leave(now, place);
            return Turn::Late(at);
        }
        Turn::Wait(at)
    }

    /// The call of this place waits no longer, and does not use a slot it may have been granted.
    pub(super) fn leave(&mut self, now: Instant, place: Place) {
        if let Some(slot) = self.granted.remove(&place) {
            self.give_back(now, slot);
        }
        for queue in &mut self.queues {
            if queue.waiting.remove(&place).is_some() {
                return self.wake_heads();
            }
        }
    }

    /// A slot was not used.
    pub(super) fn give_back(&mut self, now: Instant, slot: Slot) {
        self.windows(slot).for_each(|it| it.give_back(slot.at));
        self.dispatch(now);
        self.wake_heads();
    }

    /// Nobody sends before this is over.
    pub(super) fn pause(&mut self, pause: Pause) {
        let pause = pause.or_longer(self.pause);
        self.pause = Some(pause);
        let waiting = self.queues.iter().flat_map(|it| it.waiting.values());
        let late = waiting.filter(|waiting| !pause.lets_in_before(waiting.deadline));
        self.woken.extend(late.map(|waiting| waiting.wake.clone()));
    }

    /// The calls to wake since this was last asked.
    pub(super) fn woken(&mut self) -> Vec<W> {
        std::mem::take(&mut self.woken)
    }

    /// Grants each slot that is free now.
    fn dispatch(&mut self, now: Instant) {
        while self.has_room(now) {
            let free = self
                .queues
                .iter_mut()
                .enumerate()
                .filter_map(|(index, it)| {
                    let has_room = it.window.as_ref().is_none_or(|it| it.has_room(now));
                    has_room.then(|| it.head(now)).flatten().zip(Some(index))
                });
            let Some((place, index)) = free.min() else {
                return;
            };
            let waiting = self.queues.iter().map(|it| it.waiting.len()).sum();
            if let Some(pause) = &mut self.pause {
                pause.take(waiting);
            }
            let queue = &mut self.queues[index];
            let waiting = queue.waiting.remove(&place);
            self.woken.extend(waiting.map(|waiting| waiting.wake));
            // It has to know that it is the first now, as its forecast may be out of date.
            self.woken.extend(queue.first().cloned());
            let slot = Slot {
                queue: index,
                at: now,
            };
            self.windows(slot).for_each(|window| window.take(now));
            self.granted.insert(place, slot);
        }
    }

    /// When the turn of a call comes, if nobody comes, goes or pauses meanwhile.
    fn forecast(&self, now: Instant, queue: usize, place: Place) -> Instant {
        let mut client = Forecast::new(self.client.as_ref());
        let lines = self.queues.iter().enumerate();
        let mut lines: Vec<_> = lines
            .filter(|(_, line)| !line.waiting.is_empty())
            .map(|(index, line)| {
                let window = Forecast::new(line.window.as_ref());
                (index, window, line.waiting.iter().peekable())
            })
            .collect();
        let mut pause = self.pause;
        let mut waiting_count: usize = self.queues.iter().map(|it| it.waiting.len()).sum();
        let mut at = now;
        loop {
            at = client.room_from(pause.map_or(at, |pause| pause.room_from(at)));
            let heads = lines.iter_mut().filter_map(|(index, window, waiting)| {
                let at = window.room_from(at);
                let is_gone = |other: Place, waiting: &Waiting<W>| {
                    waiting.deadline <= at && !(*index == queue && other == place)
                };
                while waiting.next_if(|(it, its)| is_gone(**it, its)).is_some() {}
                let (head, _) = waiting.peek()?;
                Some((at, **head, window, waiting))
            });
            let next = heads.min_by_key(|(at, head, ..)| (*at, *head));
            let Some((turn, head, window, waiting)) = next else {
                return at;
            };
            if head == place {
                return turn;
            }
            at = turn;
            window.take(at);
            client.take(at);
            waiting.next();
            if let Some(pause) = &mut pause {
                pause.take(waiting_count);
            }
            waiting_count -= 1;
        }
    }

    /// Whether the pause and the client's window let a request through.
    fn has_room(&mut self, now: Instant) -> bool {
        self.pause = self.pause.filter(|pause| !pause.is_over(now));
        self.pause.is_none_or(|pause| pause.room_from(now) <= now)
            && self.client.as_ref().is_none_or(|it| it.has_room(now))
    }

    /// Whether a slot still counts in each of its windows.
    fn holds(&self, slot: Slot, now: Instant) -> bool {
        let windows = [&self.client, &self.queues[slot.queue].window];
        let mut windows = windows.into_iter().flatten();
        windows.all(|window| window.holds(slot.at, now))
    }

    /// The request is sent now, and not when the slot was granted.
    fn renew(&mut self, slot: Slot, now: Instant) -> Slot {
        self.windows(slot).for_each(|it| it.renew(slot.at, now));
        Slot { at: now, ..slot }
    }

    fn windows(&mut self, slot: Slot) -> impl Iterator<Item = &mut Window> {
        let windows = [&mut self.client, &mut self.queues[slot.queue].window];
        windows.into_iter().flatten()
    }

    /// The turn of each may come earlier than it knew.
    fn wake_heads(&mut self) {
        let heads = self.queues.iter().filter_map(Queue::first).cloned();
        self.woken.extend(heads);
    }
}

impl<W> Queue<W> {
    fn new(window: Option<Window>) -> Self {
        Self {
            window,
            waiting: BTreeMap::new(),
        }
    }

    /// The first that waits and can still go; those before it are past their deadline.
    fn head(&mut self, now: Instant) -> Option<Place> {
        while let Some(first) = self.waiting.first_entry() {
            if now < first.get().deadline {
                return Some(*first.key());
            }
            first.remove();
        }
        None
    }

    fn first(&self) -> Option<&W> {
        self.waiting.values().next().map(|waiting| &waiting.wake)
    }
}
