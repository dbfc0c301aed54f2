//! `pli-server config`: what is in force.

use clap::{ArgMatches, Command};

/// Lists the settings that are in force as they stand in a `.env` file, without the passwords in
/// addresses.
pub fn in_force(command: &Command, matches: &ArgMatches) -> String {
    let lines = command.get_arguments().filter_map(|argument| {
        let name = argument.get_env()?.to_string_lossy();
        let values: Vec<String> = matches
            .get_raw(argument.get_id().as_str())?
            .map(|value| without_password(&value.to_string_lossy()))
            .collect();
        Some(format!("{name}={}\n", values.join(",")))
    });
    lines.collect()
}

/// Hides who signs in where in an address such as `postgres://user:password@host/database`.
fn without_password(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            match authority.rsplit_once('@') {
                Some((_, host)) => format!("{scheme}://[hidden]@{host}{path}"),
                None => value.to_owned(),
            }
        }
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_in_an_address_is_hidden() {
        for (value, shown) in [
            ("postgres://pli:secret@db:5432/pli", "postgres://[hidden]@db:5432/pli"),
            ("s3://key:se@cret@bucket", "s3://[hidden]@bucket"),
            ("https://app.example.org", "https://app.example.org"),
            ("https://app.example.org/@alice", "https://app.example.org/@alice"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(without_password(value), shown);
        }
    }
}
