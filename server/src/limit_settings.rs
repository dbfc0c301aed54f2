//! How often may be guessed, looked up and registered.

use clap::Args;

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
