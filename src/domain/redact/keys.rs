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
        let key = plain(key);
        if self.harmless.iter().any(|end| key.ends_with(end)) {
            return false;
        }
        self.secret.iter().any(|part| key.contains(part))
            || (!HARMLESS_ENDS.iter().any(|end| key.ends_with(end)) && SECRET_PARTS.iter().any(|part| key.contains(part)))
    }

    /// Whether an entry of a list is named like a secret: `- name: DB_PASSWORD` beside `value: …`, as containers have it.
    pub(super) fn is_named_secret(&self, entry: &serde_json::Value) -> bool {
        entry.get("name").and_then(serde_json::Value::as_str).is_some_and(|name| self.is_secret_key(name))
    }
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
    fn a_platform_adds_keys_and_takes_others_away() {
        let rules = Rules::with(["vault", " !public-token ", "secretName", ""]).unwrap();
        assert!(rules.is_secret_key("vaultRole") && rules.is_secret_key("tls.secretName"));
        assert!(!rules.is_secret_key("myPublicToken"), "it says so itself");
        assert!(rules.is_secret_key("token") && rules.is_secret_key("password"), "the usual ones stay");
        assert!(Rules::with(["id"]).unwrap_err().contains("too short"));
    }
}
