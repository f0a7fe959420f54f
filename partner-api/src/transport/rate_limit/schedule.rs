//! Decides which call may send next. The state changes by events, and the time is an argument: no
//! clock and no I/O.

#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;

use super::RateLimit;
use super::pause::Pause;
use super::window::{Forecast, SlidingWindow};

/// How many calls a forecast counts if several limits apply, so that it stays fast. A call behind
/// more calls than these waits, even if it may turn out later to be too late.
const LOOKAHEAD: usize = 1000;

/// The place of a call: logins go before the calls that need them, then the order of arrival
/// decides.
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

/// The state of a waiting call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It may send now; its slot is counted.
    Go(Slot),
    /// It has to wait, until this time as far as is known.
    Wait(Instant),
    /// It would have to wait until this time, which is not before its deadline.
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
/// A slot goes to the first call in the order of [`Place`] for which the operation's window, the
/// client's window and the pause have room: a call that waits for the window of its operation does
/// not delay calls of other operations. Each access grants all slots up to now, each at the time
/// when it became free. So a call that is not polled takes its own slot and no other.
#[derive(Debug)]
pub(super) struct Schedule<W> {
    client: Option<SlidingWindow>,
    /// The first queue is for all operations without a limit of their own.
    queues: Vec<Queue<W>>,
    operations: HashMap<&'static str, usize>,
    pause: Option<Pause>,
    /// The time up to which slots were granted.
    granted_until: Option<Instant>,
    /// Granted slots that their calls have not taken yet.
    granted: BTreeMap<Place, Slot>,
    places: u64,
    /// Calls that have to check the schedule again.
    woken: Vec<W>,
}

#[derive(Debug)]
struct Queue<W> {
    window: Option<SlidingWindow>,
    waiting: BTreeMap<Place, Waiting<W>>,
}

#[derive(Debug)]
struct Waiting<W> {
    since: Instant,
    deadline: Instant,
    wake: W,
}

impl<W: Clone> Schedule<W> {
    pub(super) fn new(
        client: Option<RateLimit>,
        operations: HashMap<&'static str, RateLimit>,
    ) -> Self {
        let window =
            |limit: RateLimit| (!limit.period.is_zero()).then(|| SlidingWindow::new(limit));
        let mut schedule = Self {
            client: client.and_then(window),
            queues: vec![Queue::new(None)],
            operations: HashMap::new(),
            pause: None,
            granted_until: None,
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

    /// Whether there are no limits and no pause now.
    pub(super) fn is_open(&self, now: impl FnOnce() -> Instant) -> bool {
        let is_limited = self.client.is_some() || !self.operations.is_empty();
        !is_limited && self.pause.is_none_or(|pause| pause.is_over(now()))
    }

    /// A new place, behind all calls of this class.
    pub(super) fn place(&mut self, class: Class) -> Place {
        self.places += 1;
        Place {
            class,
            number: self.places,
        }
    }

    /// The turn of the call at this place. The call waits from now on unless it may send or is late.
    pub(super) fn turn(
        &mut self,
        now: Instant,
        place: Place,
        operation: &str,
        deadline: Instant,
        wake: &W,
    ) -> Turn {
        self.dispatch(now, Some(place));
        let is_past = deadline <= now;
        if let Some(slot) = self.granted.remove(&place) {
            if !is_past && self.holds(slot, now) {
                return Turn::Go(self.renew(slot, now));
            }
            self.give_back(now, slot);
        }
        let queue = self.operations.get(operation).copied().unwrap_or_default();
        if let Entry::Vacant(waiting) = self.queues[queue].waiting.entry(place) {
            waiting.insert(Waiting {
                since: now,
                deadline,
                wake: wake.clone(),
            });
            if self.pause.is_some() {
                // The spread of the pause is divided among more calls now.
                self.wake_heads();
            }
        }
        if !is_past {
            self.dispatch(now, Some(place));
            if let Some(slot) = self.granted.remove(&place) {
                return Turn::Go(slot);
            }
        }
        let in_line = self.in_line(now, queue, place);
        let at = match in_line.filter(|at| now < *at && *at < deadline) {
            Some(at) => at,
            None if in_line.is_some() => self.forecast(now, queue, place, usize::MAX),
            None => self.forecast(now, queue, place, LOOKAHEAD),
        };
        if deadline <= at {
            self.leave(now, place);
            return Turn::Late(at);
        }
        Turn::Wait(at)
    }

    /// Removes a call that no longer waits, with its slot if one was granted.
    pub(super) fn leave(&mut self, now: Instant, place: Place) {
        self.dispatch(now, None);
        if let Some(slot) = self.granted.remove(&place) {
            self.give_back(now, slot);
        }
        for queue in &mut self.queues {
            if queue.waiting.remove(&place).is_some() {
                return self.wake_heads();
            }
        }
    }

    /// Returns a slot that was not used.
    pub(super) fn give_back(&mut self, now: Instant, slot: Slot) {
        self.dispatch(now, None);
        self.windows(slot).for_each(|it| it.give_back(slot.at));
        self.dispatch(now, None);
        self.wake_heads();
    }

    /// Starts a pause of all requests.
    pub(super) fn pause(&mut self, now: Instant, pause: Pause) {
        self.dispatch(now, None);
        let pause = pause.or_longer(self.pause);
        self.pause = Some(pause);
        let waiting = self.queues.iter().flat_map(|it| it.waiting.values());
        let late = waiting.filter(|waiting| !pause.lets_in_before(waiting.deadline));
        self.woken.extend(late.map(|waiting| waiting.wake.clone()));
    }

    /// Takes the calls to wake.
    pub(super) fn woken(&mut self) -> Vec<W> {
        std::mem::take(&mut self.woken)
    }

    /// Grants all slots that became free until now. The slot of the call `here` counts from now.
    fn dispatch(&mut self, now: Instant, here: Option<Place>) {
        let mut at = self.granted_until.unwrap_or(now);
        loop {
            at = self.pause.map_or(at, |pause| pause.room_from(at));
            at = self.client.as_ref().map_or(at, |it| it.room_from(at));
            let queues = self.queues.iter_mut().enumerate();
            let next = queues.filter_map(|(index, it)| it.next(at, now).map(|it| (it, index)));
            let Some(((turn, place), index)) = next.min().filter(|((turn, _), _)| *turn <= now)
            else {
                break;
            };
            at = if here == Some(place) { now } else { turn };
            let waiting = self.waiting();
            if let Some(pause) = &mut self.pause {
                pause.take(waiting);
            }
            let slot = Slot { queue: index, at };
            self.windows(slot).for_each(|window| window.take(at));
            self.granted.insert(place, slot);
            let queue = &mut self.queues[index];
            let waiting = queue.waiting.remove(&place);
            self.woken.extend(waiting.map(|waiting| waiting.wake));
            // It is the first now, so its forecast may be out of date.
            self.woken.extend(queue.first().cloned());
        }
        self.granted_until = Some(now);
        self.pause = self.pause.filter(|pause| !pause.is_over(now));
    }

    /// The same as [`forecast`](Self::forecast), but without counting each call: for calls that all
    /// wait in one queue for one limit, none of which gives up.
    fn in_line(&self, now: Instant, queue: usize, place: Place) -> Option<Instant> {
        let line = &self.queues[queue];
        let waiting = line.waiting.len();
        let before = match line.waiting.last_key_value() {
            Some((last, _)) if *last == place => waiting - 1,
            _ => line.waiting.range(..place).count(),
        };
        if waiting < self.waiting() {
            return None;
        }
        match (&self.client, &line.window, self.pause) {
            (Some(window), None, None) | (None, Some(window), None) => {
                Some(window.room_behind(before, now))
            }
            (None, None, Some(pause)) => Some(pause.room_behind(before, waiting)),
            _ => None,
        }
    }

    /// When a call may send, if no other call arrives or leaves and no pause starts until then. With
    /// more than `calls` calls before it, the time is too early.
    fn forecast(&self, now: Instant, queue: usize, place: Place, calls: usize) -> Instant {
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
        let mut waiting_count = self.waiting();
        let mut at = now;
        for _ in 0..calls {
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
        at
    }

    /// The number of waiting calls.
    fn waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.waiting.len()).sum()
    }

    /// Whether a slot still counts in each of its windows and no pause has started.
    fn holds(&self, slot: Slot, now: Instant) -> bool {
        if self.pause.is_some_and(|pause| pause.is_on(now)) {
            return false;
        }
        let windows = [&self.client, &self.queues[slot.queue].window];
        let mut windows = windows.into_iter().flatten();
        windows.all(|window| window.holds(slot.at, now))
    }

    /// Moves a slot to now, when its request is sent.
    fn renew(&mut self, slot: Slot, now: Instant) -> Slot {
        self.windows(slot).for_each(|it| it.renew(slot.at, now));
        Slot { at: now, ..slot }
    }

    fn windows(&mut self, slot: Slot) -> impl Iterator<Item = &mut SlidingWindow> {
        let windows = [&mut self.client, &mut self.queues[slot.queue].window];
        windows.into_iter().flatten()
    }

    /// Wakes the first call of each queue, because its turn may come earlier than expected.
    fn wake_heads(&mut self) {
        let heads = self.queues.iter().filter_map(Queue::first).cloned();
        self.woken.extend(heads);
    }
}

impl<W> Queue<W> {
    fn new(window: Option<SlidingWindow>) -> Self {
        Self {
            window,
            waiting: BTreeMap::new(),
        }
    }

    /// The first waiting call and its turn. Calls whose deadline has passed are removed.
    fn next(&mut self, at: Instant, now: Instant) -> Option<(Instant, Place)> {
        while let Some(first) = self.waiting.first_entry() {
            let since = first.get().since.max(at);
            let turn = self.window.as_ref().map_or(since, |it| it.room_from(since));
            if turn < first.get().deadline || now < turn {
                return Some((turn, *first.key()));
            }
            first.remove();
        }
        None
    }

    fn first(&self) -> Option<&W> {
        self.waiting.values().next().map(|waiting| &waiting.wake)
    }
}
