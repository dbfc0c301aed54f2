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
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match authority.rsplit_once('@') {
        Some((_, host)) => format!("[hidden]@{host}"),
        None => authority.to_owned(),
    };
    let address = format!("{scheme}://{host}{path}");
    let Some((address, query)) = address.split_once('?') else {
        return address;
    };
    let parameters = query.split('&').map(|parameter| {
        if parameter.starts_with("password=") { "password=[hidden]" } else { parameter }
    });
    format!("{address}?{}", parameters.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_in_an_address_is_hidden() {
        for (value, shown) in [
            ("postgres://pli:secret@db:5432/pli", "postgres://[hidden]@db:5432/pli"),
            (
                "postgres:///pli?host=/run/pg&password=secret",
                "postgres:///pli?host=/run/pg&password=[hidden]",
            ),
            ("s3://key:se@cret@bucket", "s3://[hidden]@bucket"),
            ("https://app.example.org", "https://app.example.org"),
            ("https://app.example.org/@alice", "https://app.example.org/@alice"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(without_password(value), shown);
        }
    }
}
