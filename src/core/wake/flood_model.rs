//! Two senders and a loop that falls asleep, in all orders in which their steps can be
//! taken and their stores can become visible: no send is lost, what was written before is
//! visible to a callback, and there are no more callbacks than sends. (The same goes for
//! three senders, which takes a hundred times as long to find out.)
//!
//! This is a model of `flood.rs` and not its code, for processors that keep stores back but
//! not their order (x86; a store that releases keeps it elsewhere). It tells which of its
//! steps are needed: without any one of them a send is lost, or called back twice.

use std::collections::HashSet;

/// Which of the steps the loop and the senders take.
#[derive(Clone, Copy)]
struct Rules {
    /// The loop's barrier on all threads.
    barrier: bool,
    /// The loop looks at the bell after the barrier, and not before.
    looks_last: bool,
    /// A sender that finds the bell unwatched looks whether it is still rung.
    looks_again: bool,
    /// A sender that sends in the ordinary way looks whether the loop sleeps.
    wakes: bool,
    /// One that has woken it looks whether it still takes the same nap.
    knows_naps: bool,
}

const RULES: Rules = Rules {
    barrier: true,
    looks_last: true,
    looks_again: true,
    wakes: true,
    knows_naps: true,
};

/// What stands in the place of a nap's number while the loop is awake.
const AWAKE: u8 = 0;

/// The handle's word.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Heat {
    Cold,
    /// With a bell of its own.
    Hot,
    /// With nobody's.
    Nobodys,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Sender {
    Writes,
    ReadsWord,
    Rings,
    ReadsWatched,
    Visits,
    SendsCold,
    Pushes,
    LooksIfAsleep,
    Wakes,
    EndsNap,
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Store {
    Written,
    Rung,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Thread {
    at: Sender,
    /// Stores that nobody else sees yet, the oldest first.
    kept: Vec<Store>,
    /// It is still to execute the barrier that goes on.
    is_fenced: bool,
    written: bool,
    seen: bool,
    /// The nap that it has found the loop in.
    nap: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Loop {
    Collects,
    Answers,
    /// Waits for its barrier, with which it has cleared the word of a handle.
    Fences,
    /// Makes the handle hot.
    Watches,
    Silences,
    Heats,
    Calls,
    FallsAsleep,
    LooksAround,
    Cools,
    Unwatches,
    FencesAll,
    Listens,
    LooksOnceMore,
    Sleeps,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    heat: Heat,
    pending: bool,
    rung: bool,
    watched: bool,
    /// The handle is on the stack of those that were sent to.
    pushed: bool,
    asleep: u8,
    naps: u8,
    woken: bool,
    /// What the loop alone knows: the handle is due, was taken off the stack, has its bell
    /// in the loop's set.
    due: bool,
    popped: bool,
    polled: bool,
    /// Sends that were made before.
    earlier: usize,
    calls: usize,
    at: Loop,
    threads: [Thread; 2],
}

impl World {
    fn new(heat: Heat) -> Self {
        let thread = Thread {
            at: Sender::Writes,
            kept: Vec::new(),
            is_fenced: true,
            written: false,
            seen: false,
            nap: AWAKE,
        };
        let nobodys = heat == Heat::Nobodys;
        Self {
            heat,
            pending: nobodys,
            rung: false,
            watched: heat == Heat::Hot,
            pushed: nobodys,
            asleep: AWAKE,
            naps: 0,
            woken: false,
            due: false,
            popped: false,
            polled: heat == Heat::Hot,
            earlier: usize::from(nobodys),
            calls: 0,
            at: Loop::Collects,
            threads: [thread.clone(), thread],
        }
    }

    /// The oldest store that a thread keeps becomes visible.
    fn release(&mut self, who: usize) {
        let thread = &mut self.threads[who];
        match thread.kept.remove(0) {
            Store::Written => thread.written = true,
            Store::Rung => self.rung = true,
        }
    }

    /// All of them do: a barrier, or a locked instruction.
    fn fence(&mut self, who: usize) {
        while !self.threads[who].kept.is_empty() {
            self.release(who);
        }
        self.threads[who].is_fenced = true;
    }

    fn may_fence(&self) -> bool {
        self.threads.iter().all(|thread| thread.is_fenced)
    }

    fn begin_fence(&mut self, rules: Rules) {
        let unfenced = |thread: &mut Thread| thread.is_fenced = !rules.barrier;
        self.threads.iter_mut().for_each(unfenced);
    }

    /// A sender's next step; if it finds the handle pending, it may be the thousandth.
    fn send(&mut self, who: usize, rules: Rules, heats: bool) {
        use Sender::*;
        let at = self.threads[who].at;
        if matches!(at, Visits | SendsCold | Pushes | EndsNap) {
            self.fence(who);
        }
        let thread = &mut self.threads[who];
        thread.at = match at {
            Writes => {
                thread.kept.push(Store::Written);
                ReadsWord
            }
            ReadsWord if self.heat == Heat::Hot => Rings,
            // Whoever rings nobody's bell is done with reading its number.
            ReadsWord if self.heat == Heat::Nobodys => Done,
            ReadsWord => SendsCold,
            Rings => {
                thread.kept.push(Store::Rung);
                ReadsWatched
            }
            ReadsWatched if self.watched => Done,
            ReadsWatched if rules.looks_again => Visits,
            ReadsWatched => SendsCold,
            Visits if core::mem::take(&mut self.rung) => SendsCold,
            Visits => Done,
            SendsCold if core::mem::replace(&mut self.pending, true) => {
                if self.heat == Heat::Cold && heats {
                    self.heat = Heat::Nobodys;
                }
                Done
            }
            SendsCold => Pushes,
            Pushes => {
                self.pushed = true;
                LooksIfAsleep
            }
            LooksIfAsleep if rules.wakes && self.asleep != AWAKE => {
                thread.nap = self.asleep;
                Wakes
            }
            LooksIfAsleep => Done,
            Wakes => {
                self.woken = true;
                EndsNap
            }
            EndsNap => {
                if self.asleep == thread.nap || !rules.knows_naps {
                    self.asleep = AWAKE;
                }
                Done
            }
            Done => Done,
        };
    }

    fn listen(&mut self) {
        if self.polled && core::mem::take(&mut self.rung) {
            self.due = true;
        }
    }

    /// The loop's next step, if it can take one; it may find that the handle is flooded.
    fn turn(&mut self, rules: Rules, heats: bool) -> bool {
        use Loop::*;
        self.at = match self.at {
            Collects => {
                self.listen();
                if core::mem::take(&mut self.pushed) {
                    (self.due, self.popped) = (true, true);
                }
                if self.due { Answers } else { FallsAsleep }
            }
            Answers => {
                self.due = false;
                let popped = core::mem::take(&mut self.popped);
                self.pending &= !popped;
                match self.heat {
                    Heat::Hot => {
                        self.rung = false;
                        Calls
                    }
                    Heat::Nobodys if popped => {
                        self.heat = Heat::Cold;
                        self.begin_fence(rules);
                        Fences
                    }
                    _ if heats => Watches,
                    _ => Calls,
                }
            }
            Watches => {
                self.watched = true;
                Silences
            }
            Silences => {
                self.rung = false;
                Heats
            }
            Heats => {
                self.polled = self.heat == Heat::Cold;
                self.watched = self.polled;
                if self.polled {
                    self.heat = Heat::Hot;
                }
                Calls
            }
            Fences if self.may_fence() => Calls,
            Calls => {
                self.calls += 1;
                for thread in &mut self.threads {
                    thread.seen |= thread.written;
                }
                Collects
            }
            FallsAsleep => {
                self.naps += 1;
                self.asleep = self.naps;
                LooksAround
            }
            LooksAround if self.pushed || (self.polled && self.rung) => self.wake_up(),
            LooksAround if self.polled => Cools,
            LooksAround => Sleeps,
            Cools => {
                self.heat = Heat::Cold;
                Unwatches
            }
            Unwatches => {
                self.watched = false;
                if !rules.looks_last {
                    self.listen();
                    self.polled = false;
                }
                self.begin_fence(rules);
                FencesAll
            }
            FencesAll if self.may_fence() => Listens,
            Listens => {
                self.listen();
                self.polled = false;
                LooksOnceMore
            }
            LooksOnceMore if self.due || self.pushed => self.wake_up(),
            LooksOnceMore => Sleeps,
            Sleeps if core::mem::take(&mut self.woken) => self.wake_up(),
            Sleeps | Fences | FencesAll => return false,
        };
        true
    }

    fn wake_up(&mut self) -> Loop {
        self.asleep = AWAKE;
        Loop::Collects
    }

    /// All that may come next.
    fn next(&self, rules: Rules) -> Vec<Self> {
        let mut all = Vec::new();
        for heats in [false, true] {
            let mut turned = self.clone();
            if turned.turn(rules, heats) {
                all.push(turned);
            }
        }
        for (who, thread) in self.threads.iter().enumerate() {
            let mut step = |takes_it: bool, take: &dyn Fn(&mut Self)| {
                if takes_it {
                    let mut next = self.clone();
                    take(&mut next);
                    all.push(next);
                }
            };
            for heats in [false, true] {
                let is_done = thread.at == Sender::Done;
                step(!is_done, &|world| world.send(who, rules, heats));
            }
            step(!thread.kept.is_empty(), &|world| world.release(who));
            step(!thread.is_fenced, &|world| world.fence(who));
        }
        all
    }

    /// Whether somebody was called too often or, when nothing comes any more, not at all.
    fn is_wrong(&self, is_last: bool) -> bool {
        let has_sent = |thread: &&Thread| !matches!(thread.at, Sender::Writes | Sender::ReadsWord);
        let sends = self.earlier + self.threads.iter().filter(has_sent).count();
        let unheard = self.threads.iter().any(|thread| !thread.seen);
        self.calls > sends || (is_last && unheard)
    }
}

/// How many states there are, unless one is wrong.
fn explore(heat: Heat, rules: Rules) -> Option<usize> {
    let (mut unseen, mut met) = (vec![World::new(heat)], HashSet::new());
    while let Some(world) = unseen.pop() {
        let next = world.next(rules);
        if world.is_wrong(next.is_empty()) {
            return None;
        }
        unseen.extend(next.into_iter().filter(|next| met.insert(next.clone())));
    }
    Some(met.len())
}

#[test]
fn no_order_of_steps_loses_a_send_or_calls_twice() {
    for heat in [Heat::Cold, Heat::Hot, Heat::Nobodys] {
        assert!(explore(heat, RULES) > Some(1000));
    }
}

#[test]
fn each_step_is_needed() {
    let changes: [fn(&mut Rules); 5] = [
        |rules| rules.barrier = false,
        |rules| rules.looks_last = false,
        |rules| rules.looks_again = false,
        |rules| rules.wakes = false,
        |rules| rules.knows_naps = false,
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut rules = RULES;
        change(&mut rules);
        assert!(explore(Heat::Hot, rules).is_none(), "{at}");
    }
}
