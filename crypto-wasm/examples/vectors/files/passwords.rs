//! Passwords, stretched.

use serde_json::{Value, json};

use super::{
    case, cases, gives,
    persons::{kdf, stretched},
    refused,
};
use crate::rewrapping::PASSWORD;

pub(super) fn file() -> Value {
    let stretch = |name: &str, password: &str, kdf: Value, expect: Value| {
        case(name, json!({"password": password, "kdf": kdf.to_string()}), expect)
    };
    let with = |change: fn(&mut Value)| {
        let mut kdf = kdf();
        change(&mut kdf);
        kdf
    };
    let login_secret = gives(json!(*stretched().login_secret()));
    let mut all = vec![
        stretch("the default cost", PASSWORD, kdf(), login_secret),
        stretch("no password", "", kdf(), refused("invalid_argument")),
    ];
    all.extend(
        [
            ("another function", with(|kdf| kdf["name"] = json!("scrypt"))),
            ("too little memory", with(|kdf| kdf["m"] = json!(65_535))),
            ("too much memory", with(|kdf| kdf["m"] = json!(262_145))),
            ("too few passes", with(|kdf| kdf["t"] = json!(2))),
            ("too many passes", with(|kdf| kdf["t"] = json!(7))),
            ("two lanes", with(|kdf| kdf["p"] = json!(2))),
            ("a short salt", with(|kdf| kdf["salt"] = json!("AAAA"))),
            ("no salt", with(|kdf| drop(kdf.as_object_mut().unwrap().remove("salt")))),
            ("a fraction", with(|kdf| kdf["t"] = json!(3.5))),
            ("a negative number", with(|kdf| kdf["m"] = json!(-65_536))),
            ("a member too many", with(|kdf| kdf["x"] = json!(1))),
            ("no object", json!([])),
        ]
        .map(|(name, kdf)| stretch(name, PASSWORD, kdf, refused("kdf_refused"))),
    );
    cases(
        "A password, in NFKC, is stretched with parameters, which are JSON text; accepted, it gives \
         this login secret (FORMAT.md §9).",
        all,
    )
}
