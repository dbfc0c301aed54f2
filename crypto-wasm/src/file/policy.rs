//! Which files an app takes (FORMAT.md §13.4).

use serde::Deserialize;

use super::descriptor::Label;
use crate::{
    base64url,
    error::{Error, Reason, Result},
    json,
};

/// How many of a file's first bytes are looked at to see that a text is one.
const TEXT_PROBE: usize = 1024;

/// What passes: everything, or what one of these rules allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePolicy(Option<Vec<Rule>>);

/// One type of file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    extensions: Vec<String>,
    media_type: String,
    magic: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PolicyJson {
    Word(String),
    Rules(Vec<RuleJson>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RuleJson {
    extensions: Vec<String>,
    media_type: String,
    magic: Vec<String>,
}

impl Default for FilePolicy {
    /// Takes .txt, .pdf, .png, .jpg, .jpeg and .gif, each with its media type and first bytes.
    fn default() -> Self {
        let rule = |extensions: &[&str], media_type: &str, magic: &[&[u8]]| Rule {
            extensions: extensions.iter().map(|&extension| extension.to_owned()).collect(),
            media_type: media_type.to_owned(),
            magic: magic.iter().map(|magic| magic.to_vec()).collect(),
        };
        Self(Some(vec![
            rule(&["txt"], "text/plain", &[]),
            rule(&["pdf"], "application/pdf", &[b"%PDF-"]),
            rule(&["png"], "image/png", &[b"\x89PNG\r\n\x1a\n"]),
            rule(&["jpg", "jpeg"], "image/jpeg", &[b"\xff\xd8\xff"]),
            rule(&["gif"], "image/gif", &[b"GIF87a", b"GIF89a"]),
        ]))
    }
}

impl FilePolicy {
    /// Reads `"any"` or a list of `{"extensions":[…],"mediaType":…,"magic":[base64url…]}`.
    ///
    /// A rule without magic takes any first bytes but those of another rule; one for a `text/`
    /// type also wants them to be text.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for anything else.
    pub fn from_json(policy: &str) -> Result<Self> {
        match json::parse(policy).map_err(Error::InvalidArgument)? {
            PolicyJson::Word(word) if word == "any" => Ok(Self(None)),
            PolicyJson::Word(_) => {
                Err(Error::InvalidArgument("a policy is \"any\" or a list of rules".into()))
            }
            PolicyJson::Rules(rules) => rules
                .into_iter()
                .map(Rule::read)
                .collect::<Result<_, _>>()
                .map(|rules| Self(Some(rules)))
                .map_err(Error::InvalidArgument),
        }
    }

    /// Says how many of a file's first bytes [`FilePolicy::check_start`] looks at.
    pub(crate) fn start_length(&self) -> usize {
        let magic = self.0.iter().flatten().flat_map(|rule| &rule.magic).map(Vec::len);
        magic.max().unwrap_or(0).max(TEXT_PROBE)
    }

    /// Checks what is known before the first byte: that a rule has this name and media type.
    pub(crate) fn check_label(&self, label: &Label) -> Result<()> {
        match &self.0 {
            Some(rules) if !rules.iter().any(|rule| rule.names(label)) => Err(Error::FileRefused(
                "no type that is allowed has this extension and media type".into(),
            )),
            _ => Ok(()),
        }
    }

    /// Checks that the first bytes are those of the type that name and media type say.
    pub(crate) fn check_start(&self, label: &Label, start: &[u8]) -> Result<()> {
        let Some(rules) = &self.0 else { return Ok(()) };
        let agrees = |rule: &Rule| {
            if rule.magic.is_empty() {
                let foreign = rules.iter().any(|other| other.begins(start));
                !foreign && (!rule.media_type.starts_with("text/") || is_text(start))
            } else {
                rule.begins(start)
            }
        };
        if rules.iter().filter(|rule| rule.names(label)).any(agrees) {
            Ok(())
        } else {
            Err(Error::FileRefused("its first bytes are not those of its type".into()))
        }
    }
}

impl Rule {
    fn read(json: RuleJson) -> Result<Self, Reason> {
        let magic: Vec<Vec<u8>> =
            json.magic.iter().map(|magic| base64url::decode(magic)).collect::<Result<_, _>>()?;
        if json.extensions.is_empty() || magic.iter().any(Vec::is_empty) {
            return Err("a rule has at least one extension, and no empty magic".into());
        }
        let extensions = json.extensions.iter().map(|extension| extension.to_lowercase()).collect();
        Ok(Self { extensions, media_type: json.media_type, magic })
    }

    fn names(&self, label: &Label) -> bool {
        let extension = match label.name.rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
            _ => return false,
        };
        self.media_type == label.media_type && self.extensions.contains(&extension)
    }

    fn begins(&self, start: &[u8]) -> bool {
        self.magic.iter().any(|magic| start.starts_with(magic))
    }
}

/// No text has a NUL, unless it says that it is UTF-16.
fn is_text(start: &[u8]) -> bool {
    let utf_16 = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    utf_16 || !start[..start.len().min(TEXT_PROBE)].contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(policy: &FilePolicy, name: &str, media_type: &str, start: &[u8]) -> bool {
        let label = Label::new(name, media_type).unwrap();
        policy.check_label(&label).and_then(|()| policy.check_start(&label, start)).is_ok()
    }

    #[test]
    fn the_default_takes_a_file_whose_name_type_and_bytes_agree() {
        let policy = FilePolicy::default();
        for (name, media_type, start) in [
            ("a.txt", "text/plain", &b"hello"[..]),
            ("a.txt", "text/plain", b""),
            ("a.txt", "text/plain", b"\xff\xfeh\0i\0"),
            ("A.PDF", "application/pdf", b"%PDF-1.7"),
            ("a.b.png", "image/png", b"\x89PNG\r\n\x1a\n..."),
            ("a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0"),
            ("a.jpeg", "image/jpeg", b"\xff\xd8\xff\xe1"),
            ("a.gif", "image/gif", b"GIF89a"),
        ] {
            assert!(outcome(&policy, name, media_type, start), "{name} was refused");
        }
    }

    #[test]
    fn the_default_refuses_a_file_of_which_one_of_the_three_does_not_agree() {
        let policy = FilePolicy::default();
        for (name, media_type, start) in [
            ("a.exe", "application/octet-stream", &b"MZ"[..]),
            ("a.png", "image/png", b"<svg"),
            ("a.png", "image/png", b""),
            ("a.png", "text/html", b"\x89PNG\r\n\x1a\n"),
            ("a.html", "image/png", b"\x89PNG\r\n\x1a\n"),
            ("a.txt", "text/plain", b"%PDF-1.7"),
            ("a.txt", "text/plain", b"MZ\0\0"),
            ("a.jpg", "image/jpeg", b"GIF89a"),
            ("png", "image/png", b"\x89PNG\r\n\x1a\n"),
            (".png", "image/png", b"\x89PNG\r\n\x1a\n"),
            ("a.png.", "image/png", b"\x89PNG\r\n\x1a\n"),
        ] {
            assert!(!outcome(&policy, name, media_type, start), "{name} was accepted");
        }
    }

    #[test]
    fn an_app_can_widen_the_policy() {
        assert!(outcome(&FilePolicy::from_json(r#""any""#).unwrap(), "a", "x/y", b"MZ\0"));
        let zip = r#"[{"extensions":["ZIP"],"mediaType":"application/zip","magic":["UEsDBA"]}]"#;
        let policy = FilePolicy::from_json(zip).unwrap();
        assert!(outcome(&policy, "a.zip", "application/zip", b"PK\x03\x04"));
        assert!(!outcome(&policy, "a.zip", "application/zip", b"Rar!"));
        assert!(!outcome(&policy, "a.txt", "text/plain", b"hello"));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for policy in [
            "",
            r#""all""#,
            "null",
            "{}",
            r#"[{"extensions":[],"mediaType":"a/b","magic":[]}]"#,
            r#"[{"extensions":["a"],"mediaType":"a/b","magic":[""]}]"#,
            r#"[{"extensions":["a"],"mediaType":"a/b","magic":["AB"]}]"#,
            r#"[{"extensions":["a"],"mediaType":"a/b"}]"#,
        ] {
            let error = FilePolicy::from_json(policy).unwrap_err();
            assert_eq!(error.code(), "invalid_argument", "{policy}");
        }
    }
}
