//! Pairs of revisions that are as large as they get, made from a seed: an override of 1 MB and a manifest of 5 MB, and
//! what became of each. The same every time. As real ones they repeat themselves, without which 5 MB would not fit into a
//! Secret. Measures nothing.

use pilothouse::domain::revision::RevisionBody;
use serde_json::{Map, Value, json};

/// How large an override is as JSON, just within what is accepted, and how large a manifest is.
const VALUES: usize = 1_000_000;
const MANIFEST: usize = 5_000_000;
/// How many characters the one long line has.
const LINE: usize = 1_000_000;
/// Of how many keys one changes, in a typical change.
const ONE_IN: u64 = 33;

const WORDS: [&str; 24] = [
    "acme",
    "alpha",
    "batch",
    "cache",
    "debug",
    "edge",
    "fast",
    "gateway",
    "high",
    "index",
    "job",
    "kernel",
    "low",
    "main",
    "node",
    "open",
    "proxy",
    "query",
    "route",
    "slow",
    "token-bucket",
    "upper",
    "volume",
    "west",
];

/// Two revisions, and in what they differ.
pub struct Pair {
    pub what: &'static str,
    pub left: RevisionBody,
    pub right: RevisionBody,
}

/// The pairs, the typical one first.
pub fn pairs() -> Vec<Pair> {
    let changed = |one_in: u64| {
        let (values, objects) = (services(VALUES), objects(MANIFEST));
        let mut dice = Dice(one_in + 1);
        let values_after = dice.changed(&values, one_in);
        let objects_after = objects.iter().map(|object| dice.object(object, one_in)).collect::<Vec<_>>();
        (body(values, texts(&objects)), body(values_after, texts(&objects_after)))
    };
    let reordered = || {
        let list = list(VALUES);
        let mut after = list.clone();
        Dice(7).shuffle(&mut after);
        // As many objects as it takes: one with more items than these is not read, and hidden whole.
        let tables = |list: &[Value]| (0..MANIFEST / VALUES).map(|at| table(at, list)).collect::<Vec<_>>();
        let (left, right) = (texts(&tables(&list)), texts(&tables(&after)));
        (body(json!({ "routes": list }), left), body(json!({ "routes": after }), right))
    };
    let long_line = || {
        let objects = texts(&objects(MANIFEST - LINE));
        let text = Dice(9).phrases(LINE);
        let mut dice = Dice(10);
        let after: Vec<&str> = text.split(' ').map(|word| if dice.below(ONE_IN) == 0 { "other" } else { word }).collect();
        let with = |text: &str| {
            // As charts write it; our own YAML would fold it.
            let long = format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: long\ndata:\n  line: \"{text}\"\n");
            body(json!({"line": text[..VALUES - 100].to_owned()}), [objects.clone(), vec![long]].concat())
        };
        let after: String = after.join(" ").chars().chain(std::iter::repeat('.')).take(LINE).collect();
        (with(&text), with(&after))
    };
    let pair = |what, (left, right)| Pair { what, left, right };
    vec![
        pair("3 % of keys changed", changed(ONE_IN)),
        pair("every value changed", changed(1)),
        pair("one list in another order", reordered()),
        pair("a text of 1 MB, 3 % of words", long_line()),
    ]
}

fn body(values: Value, objects: Vec<String>) -> RevisionBody {
    let Value::Object(values_override) = values else { panic!("values are a map") };
    let text = |(at, object)| format!("---\n# Source: large/templates/{at}.yaml\n{object}");
    RevisionBody { values_override, manifest: objects.iter().enumerate().map(text).collect(), ..RevisionBody::default() }
}

fn texts(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| serde_saphyr::to_string(object).unwrap()).collect()
}

/// Values of many services, a password in every fortieth.
fn services(bytes: usize) -> Value {
    let mut dice = Dice(1);
    let (mut map, mut length) = (Map::new(), 0);
    while length < bytes - 1000 {
        let at = map.len();
        let mut service = json!({
            "replicas": dice.below(9),
            "image": {"repository": format!("registry.example/{}", dice.word()), "tag": dice.version()},
            "resources": {"requests": {"cpu": format!("{}m", dice.below(900)), "memory": format!("{}Mi", dice.below(4000))}},
            "env": {"LOG_LEVEL": dice.word(), "REGION": dice.word(), "ROUTE": dice.words(24), "LIMIT": dice.below(10_000)},
            "enabled": dice.below(2) == 0,
        });
        if at.is_multiple_of(40) {
            service["password"] = json!(dice.secret());
        }
        length += service.to_string().len() + 16;
        map.insert(format!("service-{at:05}"), service);
    }
    json!({ "services": map })
}

/// Deployments and ConfigMaps, a Secret in every fortieth place.
fn objects(bytes: usize) -> Vec<Value> {
    let mut dice = Dice(2);
    let (mut all, mut length) = (Vec::new(), 0);
    while length < bytes {
        let name = format!("{}-{:05}", dice.word(), all.len());
        let object = match all.len() % 40 {
            0 => json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"key": dice.secret()}}),
            at if at % 2 == 0 => dice.config(&name),
            _ => dice.deployment(&name),
        };
        // Beside what it is in YAML.
        length += serde_saphyr::to_string(&object).unwrap().len() + 40;
        all.push(object);
    }
    all
}

/// A list of routes.
fn list(bytes: usize) -> Vec<Value> {
    let mut dice = Dice(3);
    let (mut all, mut length) = (Vec::new(), 0);
    while length < bytes - 1000 {
        let item = json!({
            "host": format!("{}-{}.example", dice.word(), all.len()),
            "path": format!("/api/v1/{}", dice.word()),
            "timeout": "30s",
            "tls": true,
            "to": dice.word(),
            "weight": dice.below(100),
        });
        length += item.to_string().len() + 1;
        all.push(item);
    }
    all
}

fn table(at: usize, routes: &[Value]) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "RouteTable", "metadata": {"name": format!("routes-{at}")}, "spec": {"routes": routes}})
}

/// Numbers that look random, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    }

    fn below(&mut self, end: u64) -> u64 {
        (self.next() >> 16) % end
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::try_from(self.below(WORDS.len() as u64)).unwrap()]
    }

    fn version(&mut self) -> String {
        format!("{}.{}.{}", self.below(9), self.below(20), self.below(20))
    }

    fn secret(&mut self) -> String {
        format!("{:016x}{:016x}", self.next(), self.next())
    }

    /// As many characters of words.
    fn words(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 16);
        while text.len() < length {
            text += self.word();
            text.push(' ');
        }
        text.truncate(length - 1);
        text.push('.');
        text
    }

    /// One of a few texts, as long as a line.
    fn phrase(&mut self) -> String {
        Dice(1_000 + self.below(40)).words(60)
    }

    /// As many characters of such texts.
    fn phrases(&mut self, length: usize) -> String {
        let mut text = String::with_capacity(length + 64);
        while text.len() < length {
            text += &self.phrase();
            text.push(' ');
        }
        text.truncate(length - 1);
        text.push('.');
        text
    }

    fn config(&mut self, name: &str) -> Value {
        let data: Map<String, Value> = (0..12).map(|at| (format!("setting-{at}"), json!(self.phrase()))).collect();
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": name}}, "data": data})
    }

    fn deployment(&mut self, name: &str) -> Value {
        let env: Vec<Value> = (0..8).map(|at| json!({"name": format!("SETTING_{at}"), "value": self.phrase()})).collect();
        let container = json!({
            "name": "main",
            "image": format!("registry.example/{}:{}", self.word(), self.version()),
            "env": env,
            "resources": {"requests": {"cpu": format!("{}m", self.below(900)), "memory": format!("{}Mi", self.below(4000))}},
            "ports": [{"containerPort": 8000 + self.below(900)}],
        });
        let labels = json!({"app": name});
        json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
            "spec": {
                "replicas": self.below(9), "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        })
    }

    /// The same with another value at one place in so many.
    fn changed(&mut self, value: &Value, one_in: u64) -> Value {
        match value {
            Value::Object(map) => map.iter().map(|(key, inner)| (key.clone(), self.changed(inner, one_in))).collect(),
            Value::Array(items) => items.iter().map(|inner| self.changed(inner, one_in)).collect(),
            leaf if self.below(one_in) > 0 => leaf.clone(),
            Value::Bool(flag) => json!(!flag),
            Value::Number(number) => json!(number.as_u64().unwrap_or_default() + 1 + self.below(9)),
            Value::String(text) => json!(format!("{text}{}", self.word())),
            Value::Null => Value::Null,
        }
    }

    /// An object with other values, and yet the same object.
    fn object(&mut self, object: &Value, one_in: u64) -> Value {
        let mut after = self.changed(object, one_in);
        for field in ["apiVersion", "kind", "metadata"] {
            after[field] = object[field].clone();
        }
        after
    }

    fn shuffle(&mut self, items: &mut [Value]) {
        for at in (1..items.len()).rev() {
            items.swap(at, usize::try_from(self.below(at as u64 + 1)).unwrap());
        }
    }
}
