//! Runs a schedule through thousands of random days and compares it with a plain model.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

const OPERATIONS: [&str; 4] = ["token", "a", "b", "c"];

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A call, as seen by the caller.
struct Call {
    place: Place,
    operation: &'static str,
    deadline: Instant,
    state: CallState,
    /// Whether its runtime polls it.
    polled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum CallState {
    Waiting(Instant),
    /// It was admitted, and now sends or returns the slot.
    Admitted(Slot),
    Ended,
}

/// A day: some limits, and calls that arrive and leave.
struct Day {
    random: fastrand::Rng,
    now: Instant,
    limits: HashMap<&'static str, RateLimit>,
    client: Option<RateLimit>,
    schedule: Schedule<usize>,
    calls: Vec<Call>,
    woken: BTreeSet<usize>,
    /// When requests were sent.
    sent: Vec<(Instant, &'static str)>,
    paused_until: Instant,
    unpolled: bool,
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut limit = || RateLimit::new(random.u32(1..4), ms(random.u64(1..30)));
        let (client, own) = (limit(), OPERATIONS.map(|operation| (operation, limit())));
        let client = (random.u8(..4) > 0).then_some(client);
        let limits = own.into_iter().filter(|_| random.bool()).collect();
        let now = Instant::now();
        Self {
            now,
            schedule: Schedule::new(client, HashMap::clone(&limits)),
            limits,
            client,
            calls: Vec::new(),
            woken: BTreeSet::new(),
            sent: Vec::new(),
            paused_until: now,
            unpolled: random.u8(..3) == 0,
            random,
        }
    }

    fn run(mut self) {
        for _ in 0..60 {
            match self.random.u8(..20) {
                0..12 => self.arrive(),
                12..15 => self.cancel(),
                15 => self.pause(),
                _ => self.use_slots(),
            }
            self.settle();
            let until = self.now + ms(self.random.u64(0..12));
            self.pass(until);
        }
        self.use_slots();
        self.settle();
        let end = self.now + ms(10_000);
        while self.now < end {
            self.use_slots();
            self.settle();
            let next = self.next_timer().unwrap_or(end).min(end);
            self.pass(next);
        }
        self.use_slots();
        for call in self.calls.iter().filter(|call| call.polled) {
            assert_eq!(call.state, CallState::Ended);
        }
    }

    fn arrive(&mut self) {
        let operation = OPERATIONS[self.random.usize(..4)];
        let class = match operation {
            "token" => Class::Login,
            _ => Class::Call,
        };
        let place = self.schedule.place(class);
        let deadline = self.now + ms(self.random.u64(0..120));
        let polled = !self.unpolled || self.random.u8(..4) > 0;
        self.calls.push(Call {
            place,
            operation,
            deadline,
            state: CallState::Waiting(self.now),
            polled,
        });
        self.poll(self.calls.len() - 1);
    }

    /// A call checks its turn.
    fn poll(&mut self, index: usize) {
        let Call {
            place,
            operation,
            deadline,
            ..
        } = self.calls[index];
        let now = self.now;
        let turn = self.schedule.turn(now, place, operation, deadline, &index);
        self.woken.extend(self.schedule.woken());
        self.calls[index].state = match turn {
            Turn::Go(slot) => {
                assert!(now < deadline, "a call past its deadline takes no slot");
                assert!(self.paused_until <= now, "nothing is sent in a pause");
                assert_eq!(slot.at, now);
                CallState::Admitted(slot)
            }
            Turn::Wait(until) => {
                assert!(now < until && until < deadline);
                // The forecast does not expect calls to give up.
                assert!(self.turn_of(place, operation, now, deadline) < until + ms(1));
                CallState::Waiting(until)
            }
            Turn::Late(at) => {
                assert!(deadline <= at);
                assert_eq!(at, self.turn_of(place, operation, now, deadline));
                CallState::Ended
            }
        };
    }

    fn cancel(&mut self) {
        let Some(index) = self.any(|call| call.state != CallState::Ended) else {
            return;
        };
        let call = &mut self.calls[index];
        match call.state {
            CallState::Admitted(slot) => self.schedule.give_back(self.now, slot),
            _ => self.schedule.leave(self.now, call.place),
        }
        call.state = CallState::Ended;
        self.woken.extend(self.schedule.woken());
    }

    fn pause(&mut self) {
        let until = self.now + ms(self.random.u64(0..60));
        let spread = ms(self.random.u64(0..10));
        self.schedule.pause(self.now, Pause::new(until, spread));
        self.woken.extend(self.schedule.woken());
        self.paused_until = self.paused_until.max(until);
    }

    /// Sends what was admitted, or returns the slot.
    fn use_slots(&mut self) {
        for call in &mut self.calls {
            if let CallState::Admitted(slot) = call.state {
                if self.random.u8(..5) == 0 {
                    self.schedule.give_back(self.now, slot);
                } else {
                    self.sent.push((slot.at, call.operation));
                }
                call.state = CallState::Ended;
            }
        }
        self.woken.extend(self.schedule.woken());
        self.check_limits();
    }

    /// Polls each call that was woken or whose time has come, in any order.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 1000, "calls wake each other without end");
            let now = self.now;
            let due = self.calls.iter().enumerate().filter(|(index, call)| {
                let is_due = self.woken.contains(index)
                    || matches!(call.state, CallState::Waiting(until) if until <= now);
                call.polled && is_due && matches!(call.state, CallState::Waiting(_))
            });
            let due: Vec<_> = due.map(|(index, _)| index).collect();
            self.woken.clear();
            if due.is_empty() {
                return;
            }
            let index = due[self.random.usize(..due.len())];
            self.woken.extend(due.into_iter().filter(|it| *it != index));
            self.poll(index);
            if self.random.bool() {
                self.use_slots();
            }
        }
    }

    /// Moves the clock from timer to timer.
    fn pass(&mut self, until: Instant) {
        while let Some(next) = self.next_timer().filter(|next| *next <= until) {
            self.now = next;
            self.settle();
        }
        self.now = until;
        self.settle();
        for call in self.calls.iter().filter(|call| call.polled) {
            if let CallState::Waiting(timer) = call.state {
                assert!(self.now < call.deadline, "it waits past its deadline");
                if self.unpolled {
                    // A call that left may have woken one that is not polled.
                    continue;
                }
                let turn = self.turn_of(call.place, call.operation, self.now, call.deadline);
                assert!(self.now < turn, "it waits for a slot that is free");
                // Its own timer or that of one before it.
                let first = self.next_timer().unwrap_or(timer);
                assert!(first <= turn, "it oversleeps its turn");
            }
        }
    }

    fn next_timer(&self) -> Option<Instant> {
        let polled = self.calls.iter().filter(|call| call.polled);
        let timers = polled.filter_map(|call| match call.state {
            CallState::Waiting(until) => Some(until),
            _ => None,
        });
        timers.min()
    }

    fn any(&mut self, is_it: impl Fn(&Call) -> bool) -> Option<usize> {
        let some = self.calls.iter().enumerate().filter(|(_, it)| is_it(it));
        let some: Vec<_> = some.map(|(index, _)| index).collect();
        (!some.is_empty()).then(|| some[self.random.usize(..some.len())])
    }

    fn check_limits(&self) {
        let within = |limit: &RateLimit, is_of: &dyn Fn(&str) -> bool| {
            let of = self.sent.iter().filter(|(_, operation)| is_of(operation));
            let of: Vec<_> = of.map(|(at, _)| *at).collect();
            for from in &of {
                let until = *from + limit.period;
                let count = of.iter().filter(|at| (*from..until).contains(at)).count();
                assert!(count <= limit.requests as usize, "{limit:?}: {of:?}");
            }
        };
        for (operation, limit) in &self.limits {
            within(limit, &|it| it == *operation);
        }
        if let Some(limit) = &self.client {
            within(limit, &|_| true);
        }
    }

    /// The turn of a call by the model, which checks each moment at which anything changes.
    fn turn_of(
        &self,
        place: Place,
        operation: &'static str,
        now: Instant,
        deadline: Instant,
    ) -> Instant {
        let schedule = &self.schedule;
        let stamps = |window: &Option<SlidingWindow>| -> Vec<Instant> {
            window.iter().flat_map(|it| it.stamps()).collect()
        };
        let own = schedule.queues.iter().map(|queue| stamps(&queue.window));
        let mut own: Vec<_> = own.collect();
        let mut all = stamps(&schedule.client);
        let mut pause = schedule.pause;
        let index = schedule.operations.get(operation).copied().unwrap_or(0);
        let mut waiting: Vec<_> = schedule
            .queues
            .iter()
            .enumerate()
            .flat_map(|(index, it)| {
                it.waiting
                    .iter()
                    .map(move |(at, it)| (*at, index, it.deadline))
            })
            .filter(|(other, ..)| *other != place)
            .collect();
        waiting.push((place, index, deadline));
        waiting.sort_unstable();
        let mut count = waiting.len();
        let limit_of = |queue: usize| {
            let named = schedule.operations.iter().find(|(_, it)| **it == queue);
            named.map(|(name, _)| self.limits[name])
        };
        let is_full = |limit: Option<RateLimit>, stamps: &[Instant], at: Instant| {
            limit.is_some_and(|limit| {
                let recent = stamps.iter().filter(|stamp| at < **stamp + limit.period);
                recent.count() >= limit.requests as usize
            })
        };
        let mut at = now;
        loop {
            let is_held = pause.is_some_and(|pause| at < pause.room_from(at));
            let is_open = !is_held && !is_full(self.client, &all, at);
            let first = waiting.iter().position(|(other, queue, until)| {
                let is_alive = at < *until || *other == place;
                is_open && is_alive && !is_full(limit_of(*queue), &own[*queue], at)
            });
            if let Some(first) = first {
                let (other, queue, _) = waiting.remove(first);
                if other == place {
                    return at;
                }
                all.push(at);
                own[queue].push(at);
                if let Some(pause) = &mut pause {
                    pause.take(count);
                }
                count -= 1;
                continue;
            }
            // The next moment at which a window has room, or the pause lets one through.
            let mut moments: Vec<_> = pause.iter().map(|pause| pause.room_from(now)).collect();
            let room = |limit: Option<RateLimit>, stamps: &[Instant]| {
                let limit = limit.into_iter();
                let rooms = limit.flat_map(|limit| stamps.iter().map(move |it| *it + limit.period));
                rooms.collect::<Vec<_>>()
            };
            moments.extend(room(self.client, &all));
            for (queue, stamps) in own.iter().enumerate() {
                moments.extend(room(limit_of(queue), stamps));
            }
            at = moments.into_iter().filter(|it| at < *it).min().unwrap();
        }
    }
}

#[test]
fn no_limit_is_exceeded_and_no_call_waits_for_a_free_slot() {
    for seed in 0..1500 {
        let day = std::panic::catch_unwind(|| Day::new(seed).run());
        assert!(day.is_ok(), "seed {seed}");
    }
}

#[test]
fn a_call_that_is_not_polled_takes_one_slot() {
    let limit = RateLimit::new(1, ms(10));
    let start = Instant::now();
    let mut schedule = Schedule::new(Some(limit), HashMap::new());
    let far = start + ms(1000);
    let places = [(); 4].map(|()| schedule.place(Class::Call));
    let mut turn =
        |place: usize, at| schedule.turn(start + ms(at), places[place], "a", far, &place);
    assert!(matches!(turn(0, 0), Turn::Go(_)));
    // The second is never polled again.
    for waiting in [1, 2, 3] {
        let at = start + ms(10 * waiting as u64);
        assert_eq!(turn(waiting, 0), Turn::Wait(at));
    }
    assert!(matches!(turn(2, 20), Turn::Go(_)));
    assert!(matches!(turn(3, 30), Turn::Go(_)));
    // When it is polled again, its slot no longer counts.
    assert_eq!(turn(1, 35), Turn::Wait(start + ms(40)));
    assert!(matches!(turn(1, 40), Turn::Go(_)));
}

#[test]
fn waiting_calls_know_how_long_they_wait() {
    let limit = RateLimit::new(2, ms(10));
    let start = Instant::now();
    let mut schedule = Schedule::new(Some(limit), HashMap::new());
    let deadline = start + ms(25);
    let turns: Vec<_> = (0..10)
        .map(|call| {
            let place = schedule.place(Class::Call);
            schedule.turn(start, place, "a", deadline, &call)
        })
        .collect();
    assert!(matches!(turns[..2], [Turn::Go(_), Turn::Go(_)]));
    for (call, at) in [(2, 10), (3, 10), (4, 20), (5, 20)] {
        assert_eq!(turns[call], Turn::Wait(start + ms(at)));
    }
    // Calls that do not wait delay no other call.
    assert_eq!(turns[6..], [Turn::Late(start + ms(30)); 4]);
}
