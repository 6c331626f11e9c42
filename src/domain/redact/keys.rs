//! Which keys hold secrets: parts of names, and the exceptions. Looks at names alone, never at values.

/// A key that contains one of these, once in lower case and without `-`, `_` and `.`, holds a secret.
const SECRET_PARTS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "privatekey",
    "credential",
    "connectionstring",
    "dsn",
    "clientkey",
    "signingkey",
    "encryptionkey",
];
/// Keys that contain one of the parts above and yet only name where a secret is.
const HARMLESS_ENDS: [&str; 8] = [
    "secretname",
    "secretref",
    "secretkeyref",
    "existingsecret",
    "tokenttl",
    "imagepullsecrets",
    "secretstore",
    "automountserviceaccounttoken",
];
/// Which bytes those parts begin with: most of a key's are none of them.
static BEGINS: [bool; 256] = {
    let (mut begins, mut at) = ([false; 256], 0);
    while at < SECRET_PARTS.len() {
        begins[SECRET_PARTS[at].as_bytes()[0] as usize] = true;
        at += 1;
    }
    begins
};
/// A key no longer than this is looked at without taking memory for it.
const SHORT_KEY: usize = 64;
/// The fewest letters of a configured part: a shorter one would hide nearly everything.
const SHORTEST: usize = 3;

/// Which keys hold secrets: the usual ones, and what a platform adds or takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Further parts; they count before everything usual.
    secret: Vec<String>,
    /// Further ends of harmless keys; they count before everything else.
    harmless: Vec<String>,
}

impl Rules {
    /// The usual rules with a platform's own: `vault` makes every key that contains it secret, `!pubkey` every key that
    /// ends in it harmless.
    pub fn with<S: AsRef<str>>(own: impl IntoIterator<Item = S>) -> Result<Self, String> {
        let mut rules = Self::default();
        for word in own {
            let word = word.as_ref().trim();
            let (list, name) = match word.strip_prefix('!') {
                Some(name) => (&mut rules.harmless, plain(name)),
                None => (&mut rules.secret, plain(word)),
            };
            match name.len() {
                0 if word.is_empty() => {}
                0..SHORTEST => return Err(format!("“{word}” is too short for a part of a key: use at least {SHORTEST} letters")),
                _ => list.push(name),
            }
        }
        Ok(rules)
    }

    /// Whether a value under that key is to be hidden.
    pub fn is_secret_key(&self, key: &str) -> bool {
        if key.len() > SHORT_KEY || !key.is_ascii() {
            return self.is_secret_word(plain(key).as_bytes());
        }
        let (mut word, mut length) = ([0; SHORT_KEY], 0);
        for byte in key.bytes().filter(u8::is_ascii_alphanumeric) {
            word[length] = byte.to_ascii_lowercase();
            length += 1;
        }
        self.is_secret_word(&word[..length])
    }

    /// The same of a key in lower case, of letters and digits alone. There are hundreds of thousands of them in a manifest.
    fn is_secret_word(&self, word: &[u8]) -> bool {
        let ends = |end: &str| word.ends_with(end.as_bytes());
        if self.harmless.iter().any(|end| ends(end)) {
            return false;
        }
        let holds = |part: &String| (0..word.len()).any(|at| word[at..].starts_with(part.as_bytes()));
        self.secret.iter().any(holds) || (holds_usual(word) && !HARMLESS_ENDS.iter().any(|end| ends(end)))
    }

    /// Whether an entry of a list is named like a secret: `- name: DB_PASSWORD` beside `value: …`, as containers have it.
    pub(super) fn is_named_secret(&self, entry: &serde_json::Value) -> bool {
        entry.get("name").and_then(serde_json::Value::as_str).is_some_and(|name| self.is_secret_key(name))
    }
}

fn holds_usual(word: &[u8]) -> bool {
    let begins = |at: usize| SECRET_PARTS.iter().any(|part| word[at..].starts_with(part.as_bytes()));
    word.iter().enumerate().any(|(at, byte)| BEGINS[usize::from(*byte)] && begins(at))
}

fn plain(key: &str) -> String {
    key.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_only_names_a_secret_is_shown() {
        let rules = Rules::default();
        for key in ["existingSecret", "imagePullSecrets", "tls.secretName", "replicas"] {
            assert!(!rules.is_secret_key(key), "{key}");
        }
        for key in ["clientSecret", "API_KEY", "db-password", "spring.datasource.password"] {
            assert!(rules.is_secret_key(key), "{key}");
        }
    }

    #[test]
    fn keys_are_told_as_by_looking_for_each_part_in_them() {
        let own = Rules::with(["vault", "geheim-nummer", "!pubkey", "!tokenization"]).unwrap();
        let plainly = |rules: &Rules, key: &str| {
            let key = plain(key);
            !rules.harmless.iter().any(|end| key.ends_with(end))
                && (rules.secret.iter().any(|part| key.contains(part))
                    || (!HARMLESS_ENDS.iter().any(|end| key.ends_with(end)) && SECRET_PARTS.iter().any(|part| key.contains(part))))
        };
        let usual = SECRET_PARTS.iter().chain(&HARMLESS_ENDS).chain(&[
            "vault",
            "Geheim.Nummer",
            "pubKey",
            "tokenization",
            "",
            "é",
            "ſ",
            "\u{212a}",
        ]);
        let mut found = 0;
        for one in usual.clone() {
            for other in usual.clone() {
                let cut = &one[..one.floor_char_boundary(one.len() / 2)];
                let (upper, long) = (one.to_uppercase(), "x".repeat(SHORT_KEY));
                let keys = [
                    format!("{one}{other}"),
                    format!("my-{one}_{other}"),
                    format!("{cut}{other}"),
                    format!("{upper}.{other}Ö"),
                    format!("{long}{one}-{other}"),
                    format!("{other}{long}"),
                ];
                for (rules, key) in [&Rules::default(), &own].into_iter().flat_map(|rules| keys.iter().map(move |key| (rules, key))) {
                    assert_eq!(rules.is_secret_key(key), plainly(rules, key), "{key}");
                    found += usize::from(rules.is_secret_key(key));
                }
            }
        }
        assert!(found > 1_000, "{found}");
    }

    #[test]
    fn a_platform_adds_keys_and_takes_others_away() {
        let rules = Rules::with(["vault", " !public-token ", "secretName", ""]).unwrap();
        assert!(rules.is_secret_key("vaultRole") && rules.is_secret_key("tls.secretName"));
        assert!(!rules.is_secret_key("myPublicToken"), "it says so itself");
        assert!(rules.is_secret_key("token") && rules.is_secret_key("password"), "the usual ones stay");
        assert!(Rules::with(["id"]).unwrap_err().contains("too short"));
    }
}
