//! Recovery codes, read, and the copies that they open.

use pli_crypto::RecoveryCode;
use serde_json::{Value, json};

use super::{
    case, cases, gives,
    persons::{person, stretched},
    refused,
};
use crate::fixed::Fixed;

pub(super) fn file() -> Value {
    let mut alice = person("alice");
    let kit = alice.identity.recovery_kit(&mut Fixed::of("recovery kit")).unwrap();
    let code = kit.code.reveal().to_string();
    let secret = kit.code.recovery_secret().unwrap().to_string();
    let other = RecoveryCode::random(&mut Fixed::of("another code")).reveal().to_string();
    let under_password = alice.identity.lock(&stretched(), &mut Fixed::of("lock")).unwrap();

    let read = |name: &str, code: &str, expect: Value| case(name, json!({"code": code}), expect);
    let open = |name: &str, code: &str, wrapped_keys: &str, expect: Value| {
        case(name, json!({"code": code, "wrappedKeys": wrapped_keys}), expect)
    };
    let known = || gives(json!({"recoverySecret": secret}));
    let typed = code.to_lowercase().replace('-', " ").replace('0', "O").replace('1', "l");
    let mut mistyped = code.clone();
    mistyped.replace_range(..1, if code.starts_with('7') { "8" } else { "7" });
    let all = vec![
        read("a code", &code, known()),
        read("a code as people type it", &typed, known()),
        open(
            "a code and its copy",
            &code,
            &kit.wrapped_keys,
            gives(json!({"recoverySecret": secret, "username": "alice"})),
        ),
        read("a mistyped code", &mistyped, refused("bad_recovery_code")),
        read(
            "a code without its check symbol",
            &code[..code.len() - 2],
            refused("bad_recovery_code"),
        ),
        read("a symbol that is none", &code.replacen('-', "!", 1), refused("bad_recovery_code")),
        read("nothing", "", refused("bad_recovery_code")),
        open("another code's copy", &other, &kit.wrapped_keys, refused("decrypt_failed")),
        open("the copy under the password", &code, &under_password, refused("kdf_mismatch")),
    ];
    cases(
        "A recovery code as it was typed gives this recovery secret; with `wrappedKeys`, it also \
         opens them, and they are this user's (FORMAT.md §11).",
        all,
    )
}
