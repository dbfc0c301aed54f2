//! The addresses of the API, as the OpenAPI document lists them.

use serde_json::{Map, Value};

/// All addresses with their methods.
pub(crate) struct Routes(Vec<Route>);

struct Route {
    pattern: String,
    methods: String,
}

impl Routes {
    /// Reads the addresses out of the document.
    pub(crate) fn of(document: &Value) -> Self {
        let paths = document["paths"].as_object().into_iter().flat_map(Map::iter);
        let route = |(pattern, operations): (&String, &Value)| {
            let methods = operations.as_object().into_iter().flat_map(Map::keys);
            let methods: Vec<String> = methods.map(|method| method.to_uppercase()).collect();
            Route { pattern: pattern.clone(), methods: methods.join(", ") }
        };
        Self(paths.map(route).collect())
    }

    /// The pattern of an address, which can stand in the log as the address itself can't.
    pub(crate) fn pattern(&self, path: &str) -> &str {
        self.find(path).map_or("-", |route| &route.pattern)
    }

    /// The methods of an address, as `Allow` lists them.
    pub(crate) fn methods(&self, path: &str) -> String {
        self.find(path).map_or_else(String::new, |route| route.methods.clone())
    }

    fn find(&self, path: &str) -> Option<&Route> {
        let matching = |route: &&Route| {
            let (mut wanted, mut given) = (route.pattern.split('/'), path.split('/'));
            loop {
                match (wanted.next(), given.next()) {
                    (None, None) => return true,
                    (Some(part), Some(given)) if part.starts_with('{') && !given.is_empty() => {}
                    (Some(part), Some(given)) if part == given => {}
                    _ => return false,
                }
            }
        };
        // The one with a literal in place of a parameter comes first.
        self.0.iter().filter(matching).min_by_key(|route| route.pattern.matches('{').count())
    }
}
