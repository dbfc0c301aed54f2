//! `pli-server config`: what is in force, what can be set, and what was set by mistake.

use std::error::Error as _;

use clap::{
    Arg, ArgMatches, Command,
    error::{ContextKind, ContextValue},
};

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

/// Describes all settings, for `docs/settings.md`.
pub fn reference(command: &Command) -> String {
    let mut page = "# Settings\n\nEach is an environment variable, a line of `.env` in the folder \
                    that the server is started in, or an option; an option wins over a variable, \
                    and a variable over `.env`. `pli-server config` prints what is in force.\n"
        .to_owned();
    for argument in command.get_arguments() {
        let (Some(name), Some(option)) = (argument.get_env(), argument.get_long()) else {
            continue;
        };
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        let default: Vec<_> =
            argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = match default.join(",") {
            default if default.is_empty() => String::new(),
            default => format!(" By default `{default}`."),
        };
        page.push_str(&format!(
            "\n## `{}`\n\n{help}.{default} Option `--{option}`.\n",
            name.to_string_lossy()
        ));
        let values: Vec<String> = argument
            .get_possible_values()
            .iter()
            .map(|value| {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                format!("- `{}`: {help}\n", value.get_name())
            })
            .collect();
        if !values.is_empty() {
            page.push_str(&format!("\n{}", values.concat()));
        }
    }
    page
}

/// Those of `names` that look like settings and are none.
pub fn unknown(command: &Command, names: impl Iterator<Item = String>) -> Vec<String> {
    let known = |name: &str| {
        command.get_arguments().any(|argument| argument.get_env().is_some_and(|env| env == name))
    };
    // The project's own tests have variables too.
    let meant = |name: &String| name.starts_with("PLI_") && !name.starts_with("PLI_TEST_");
    names.filter(|name| meant(name) && !known(name)).collect()
}

/// Says in a sentence which setting has a value that makes no sense. The value of one that may hold
/// a password is not repeated: mistyped, it has no form to find the password by. None when it is
/// neither such a one nor a variable's.
pub fn mistake(command: &Command, error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let option = option.trim_start_matches('-').split([' ', '=']).next()?;
    let is_meant = |argument: &&Arg| argument.get_long() == Some(option);
    let argument = command.get_arguments().find(is_meant)?;
    let name = argument.get_env()?.to_string_lossy();
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    let reason = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(reason), _) => reason.to_string(),
        (None, Some(ContextValue::Strings(values))) => format!("must be {}", values.join(" or ")),
        _ => "makes no sense".to_owned(),
    };
    if argument.is_hide_env_values_set() {
        return Some(format!("{name} is set to a value that makes no sense: {reason}"));
    }
    let is_variable = std::env::var(&*name).as_ref() == Ok(value);
    is_variable.then(|| format!("{name} is set to \"{}\": {reason}", without_password(value)))
}

/// Hides who signs in where in an address such as `postgres://user:password@host/database`.
fn without_password(value: &str) -> String {
    let Some((scheme, rest)) = value.split_once("://") else {
        return value.to_owned();
    };
    // A password may hold what should end it.
    let address = match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://[hidden]@{place}"),
        None => value.to_owned(),
    };
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
            ("postgres://pli:12/34@db/pli", "postgres://[hidden]@db/pli"),
            ("127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert_eq!(without_password(value), shown);
        }
    }
}
