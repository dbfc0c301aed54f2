//! The server of Pli, an end-to-end-encrypted messaging kit: it keeps accounts, delivers sealed
//! messages and stores sealed files. It can read none of them, and depends on nothing that could.
//!
//! A request comes in through `serve`, passes `front` and is handled in one file, in one hop:
//! what the route takes, what it does, its SQL. `openapi` lists all routes.

mod account_deletion;
mod accounts;
mod app;
mod caller;
mod clock;
mod config;
mod confirm;
mod cors;
mod database;
mod deletion;
mod delivery;
mod devices;
mod done;
mod downloads;
mod entries;
mod envelope;
mod error;
mod events;
mod exact;
mod export;
mod files;
mod front;
mod health;
mod jose;
mod json;
mod key_histories;
mod limits;
mod mailbox;
mod messages;
mod names;
mod networks;
mod new_keys;
mod new_session;
mod openapi;
mod operation_codes;
mod pages;
mod password_change;
mod passwords;
mod reading;
mod recovery;
mod rotation;
mod routes;
mod secrets;
mod serve;
mod server;
mod sessions;
mod settings;
mod staff;
mod staff_command;
mod statements;
mod storage;
mod strict;
mod sweep;
mod text;
mod timed_body;
mod tokens;
mod users;
mod wrapped_keys;

pub use clock::Clock;
pub use config::in_force;
pub use limits::LimitSettings;
pub use networks::Proxies;
pub use openapi::document;
pub use pages::{to_json, to_yaml};
pub use server::{Server, StartError, start};
pub use settings::{Registration, Settings};
pub use staff_command::{StaffAction, StaffError};
