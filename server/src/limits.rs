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

use clap::Args;
use poem::http::header;

use crate::{
    error::{Code, Error},
    networks::Network,
};

/// The most networks that may wait for accounts, together.
const MOST_WAITING: usize = 100_000;
/// The most that are counted of a kind. When there are more, those who owe least are forgotten.
const MOST_COUNTED: usize = 100_000;

/// How often may be guessed, and how often registered.
#[derive(Debug, Clone, Args)]
pub struct LimitSettings {
    /// Failed sign-ins to one account before further ones have to wait
    #[arg(
        long,
        env = "PLI_ACCOUNT_FAILURES",
        default_value_t = 10,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub account_failures: i64,

    /// Failed sign-ins from one network before further ones have to wait
    #[arg(
        long,
        env = "PLI_NETWORK_FAILURES",
        default_value_t = 50,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub network_failures: i64,

    /// Seconds after which a failed sign-in is forgotten
    #[arg(
        long,
        env = "PLI_FAILURE_SECONDS",
        default_value_t = 30,
        value_parser = clap::value_parser!(i64).range(1..=86_400),
        value_name = "SECONDS"
    )]
    pub failure_seconds: i64,

    /// The most seconds that a sign-in has to wait
    #[arg(
        long,
        env = "PLI_LONGEST_WAIT_SECONDS",
        default_value_t = 900,
        value_parser = clap::value_parser!(i64).range(1..=86_400),
        value_name = "SECONDS"
    )]
    pub longest_wait_seconds: i64,

    /// Names that an account may look up before it has to wait
    #[arg(
        long,
        env = "PLI_LOOKUPS",
        default_value_t = 200,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub lookups: i64,

    /// Seconds after which another name may be looked up
    #[arg(
        long,
        env = "PLI_LOOKUP_SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(i64).range(1..=86_400),
        value_name = "SECONDS"
    )]
    pub lookup_seconds: i64,

    /// Accounts that a network may register before it has to wait
    #[arg(
        long,
        env = "PLI_REGISTRATIONS",
        default_value_t = 60,
        value_parser = clap::value_parser!(i64).range(1..=1_000_000),
        value_name = "COUNT"
    )]
    pub registrations: i64,

    /// Seconds after which a network may register another account
    #[arg(
        long,
        env = "PLI_REGISTRATION_SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(i64).range(1..=86_400),
        value_name = "SECONDS"
    )]
    pub registration_seconds: i64,
}

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
            if counts.waiting.len() >= MOST_WAITING {
                counts.waiting.retain(|_, due| now <= *due + longest);
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
    use super::{Debts, MOST_COUNTED, Rate};

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
