//! Limits on guessing and on registering: failed proofs of an account slow down its account and
//! the client's network, looking names up slows down who does it, and registering the network.
//!
//! Each subject owes time: every failure adds some, and it runs off by itself. Who owes too much
//! has to wait. Nothing of it outlives the process.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use poem::http::header;

use crate::{
    error::{Code, Error},
    limit_settings::LimitSettings,
    networks::Network,
};

/// The most networks that may wait for accounts, together.
const MOST_WAITING: usize = 100_000;
/// How often those are looked for who have waited in vain, in milliseconds.
const LOOK: u64 = 1000;
/// The most that are counted of a kind. When there are more, those who owe least are forgotten.
const MOST_COUNTED: usize = 100_000;

/// Whom a proof is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// An account, by number.
    Account(i64),
    /// A name that no account has.
    Unknown(String),
    /// An account whose session is asked for the password again.
    SignedIn(i64),
}

/// Counts what has failed and what was looked up.
pub(crate) struct Limits {
    subject: Rate,
    network: Rate,
    lookup: Rate,
    registration: Rate,
    longest_wait: i64,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    subjects: Debts<Subject>,
    networks: Debts<Network>,
    lookups: Debts<i64>,
    registrations: Debts<Network>,
    /// From when on a network may try again that found its subject slowed down.
    waiting: HashMap<(Subject, Network), i64>,
    /// When those were last looked for who have waited in vain.
    looked_at: i64,
}

/// So many at once, and one more after each `step` milliseconds.
#[derive(Clone, Copy)]
struct Rate {
    most: i64,
    step: i64,
}

/// When each will owe nothing any more.
struct Debts<K>(HashMap<K, i64>);

impl<K> Default for Debts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Debts<K> {
    /// How many milliseconds `key` has to wait for its next try.
    fn wait(&self, key: &K, rate: Rate, now: i64) -> i64 {
        let owed = self.0.get(key).map_or(0, |clear| (clear - now).max(0));
        (owed - (rate.most - 1) * rate.step).max(0)
    }

    /// Adds `count` tries, but never so many that the wait grows beyond `longest`.
    fn add(&mut self, key: K, count: i64, rate: Rate, longest: i64, now: i64) {
        if self.0.len() == self.0.capacity() {
            self.0.retain(|_, clear| *clear > now);
        }
        if self.0.len() >= MOST_COUNTED {
            self.forget_half();
        }
        let clear = self.0.entry(key).or_insert(now);
        let highest = now + (rate.most - 1) * rate.step + longest;
        *clear = (now.max(*clear) + count * rate.step).min(highest);
    }

    /// Makes room: a flood of others must not clear those who have failed often.
    fn forget_half(&mut self) {
        let mut clears: Vec<i64> = self.0.values().copied().collect();
        let (_, middle, _) = clears.select_nth_unstable(MOST_COUNTED / 2);
        let middle = *middle;
        self.0.retain(|_, clear| *clear > middle);
    }
}

/// A proof that may be tried.
pub(crate) struct Attempt<'a> {
    limits: &'a Limits,
    subject: Subject,
    network: Network,
    now: i64,
}

impl Limits {
    /// Sets up the limits.
    pub(crate) fn new(settings: &LimitSettings) -> Self {
        let step = settings.failure_seconds * 1000;
        Self {
            subject: Rate { most: settings.account_failures, step },
            network: Rate { most: settings.network_failures, step },
            lookup: Rate { most: settings.lookups, step: settings.lookup_seconds * 1000 },
            registration: Rate {
                most: settings.registrations,
                step: settings.registration_seconds * 1000,
            },
            longest_wait: settings.longest_wait_seconds * 1000,
            counts: Mutex::default(),
        }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a proof be tried, unless the client's network or the subject has failed too often.
    ///
    /// A network that `is_known` to the subject needs not wait for it. Any other one waits once,
    /// however much others go on trying, so that nobody can lock the owner out.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(crate) fn attempt(
        &self,
        subject: Subject,
        network: Network,
        is_known: bool,
        now: i64,
    ) -> Result<Attempt<'_>, Error> {
        let mut counts = self.counts();
        let wait = counts.networks.wait(&network, self.network, now);
        if wait > 0 {
            return Err(come_again(wait));
        }
        let wait = counts.subjects.wait(&subject, self.subject, now);
        let place = (subject.clone(), network);
        if wait > 0 && !is_known {
            let longest = self.longest_wait;
            if counts.waiting.len() >= MOST_WAITING && counts.looked_at.abs_diff(now) >= LOOK {
                counts.waiting.retain(|_, due| now <= *due + longest);
                counts.looked_at = now;
            }
            let due = counts.waiting.get(&place).copied().filter(|due| now <= *due + longest);
            match due {
                Some(due) if due <= now => {}
                Some(due) => return Err(come_again(due - now)),
                None => {
                    if counts.waiting.len() < MOST_WAITING {
                        counts.waiting.insert(place, now + wait);
                    }
                    return Err(come_again(wait));
                }
            }
        }
        counts.waiting.remove(&place);
        Ok(Attempt { limits: self, subject, network, now })
    }

    /// Lets an account learn whether `count` names exist, or none if it already knows.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(crate) fn look_up(&self, account: i64, count: usize, now: i64) -> Result<(), Error> {
        let mut counts = self.counts();
        let wait = counts.lookups.wait(&account, self.lookup, now);
        if wait > 0 {
            return Err(come_again(wait));
        }
        let count = i64::try_from(count).map_err(Error::internal)?;
        if count > 0 {
            counts.lookups.add(account, count, self.lookup, self.longest_wait, now);
        }
        Ok(())
    }

    /// Lets a network register an account.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub(crate) fn register(&self, network: Network, now: i64) -> Result<(), Error> {
        let mut counts = self.counts();
        let wait = counts.registrations.wait(&network, self.registration, now);
        if wait > 0 {
            return Err(come_again(wait));
        }
        counts.registrations.add(network, 1, self.registration, self.longest_wait, now);
        Ok(())
    }
}

impl Attempt<'_> {
    /// Notes that the proof was wrong.
    pub(crate) fn failed(self) {
        let limits = self.limits;
        let (longest, now) = (limits.longest_wait, self.now);
        let mut counts = limits.counts();
        counts.subjects.add(self.subject, 1, limits.subject, longest, now);
        counts.networks.add(self.network, 1, limits.network, longest, now);
    }
}

fn come_again(wait: i64) -> Error {
    let seconds = wait.div_euclid(1000) + 1;
    Error::from(Code::TooManyRequests).with_header(header::RETRY_AFTER, &seconds.to_string())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use clap::{Args, Command, FromArgMatches};

    use super::{Debts, LOOK, Limits, MOST_COUNTED, MOST_WAITING, Rate, Subject};
    use crate::{limit_settings::LimitSettings, networks::Network};

    fn network(number: u32) -> Network {
        Network::containing(Ipv4Addr::from_bits(number).into())
    }

    #[test]
    fn a_flood_of_networks_that_wait_holds_up_nobody_and_is_forgotten() {
        let command = LimitSettings::augment_args(Command::new(""));
        let settings = LimitSettings::from_arg_matches(&command.get_matches_from([""])).unwrap();
        let limits = Limits::new(&settings);
        let tries = |subject: i64, number: u32, now: i64| {
            limits.attempt(Subject::Account(subject), network(number), false, now)
        };
        for number in 0..100 {
            if let Ok(attempt) = tries(1, number, 0) {
                attempt.failed();
            }
        }
        // The first look at all of them would forget this one.
        let outdated = (Subject::Account(2), network(0));
        limits.counts().waiting.insert(outdated.clone(), -limits.longest_wait - 1);
        let flood = u32::try_from(MOST_WAITING).unwrap() + 20_000;
        for number in 0..flood {
            assert!(tries(1, 1000 + number, i64::from(number / 10_000)).is_err());
        }
        assert_eq!(limits.counts().waiting.len(), MOST_WAITING);
        let is_kept = || limits.counts().waiting.contains_key(&outdated);
        assert!(is_kept(), "not looked at at each try");
        assert!(tries(1, 0, LOOK.cast_signed()).is_err());
        assert!(!is_kept(), "but from time to time");

        // Who fails then and waits is let in: those who don't come back are forgotten.
        let later = 2 * limits.longest_wait;
        for number in 0..100 {
            if let Ok(attempt) = tries(1, number, later) {
                attempt.failed();
            }
        }
        assert!(tries(1, u32::MAX, later).is_err());
        assert!(tries(1, u32::MAX, later + limits.longest_wait).is_ok());
    }

    #[test]
    fn a_million_addresses_take_no_more_room_and_clear_nobody() {
        let rate = Rate { most: 5, step: 30_000 };
        let mut debts = Debts::default();
        debts.add(0_u32, 5, rate, 900_000, 0);
        for address in 1..=1_000_000 {
            debts.add(address, 1, rate, 900_000, 0);
            assert!(debts.0.len() <= MOST_COUNTED);
        }
        assert!(debts.wait(&0, rate, 0) > 0, "who has failed often still waits");
        assert!(debts.0.capacity() <= 4 * MOST_COUNTED);
    }
}
