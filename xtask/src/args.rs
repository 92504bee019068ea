//! The words after the command: flags, options with a value, names.

use c_tests::{Failure, Result};
use std::str::FromStr;

/// What has not been taken yet. A command takes the options that it knows and
/// then the names; an option that is left over is one that it does not know.
pub struct Args(Vec<String>);

impl Args {
    /// From the words of the command line.
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        Args(words.collect())
    }

    /// Takes a flag; tells whether it was there.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() != before
    }

    /// Takes `NAME VALUE` or `NAME=VALUE`.
    pub fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let with_equals = format!("{name}=");
        let Some(at) = self
            .0
            .iter()
            .position(|w| w == name || w.starts_with(&with_equals))
        else {
            return Ok(None);
        };
        let word = self.0.remove(at);
        let value = match word.strip_prefix(&with_equals) {
            Some(value) => value.to_owned(),
            None if at < self.0.len() => self.0.remove(at),
            None => return Err(Failure(format!("{name} wants a value"))),
        };
        let parsed = value
            .parse()
            .map_err(|_| Failure(format!("{name} cannot be {value:?}")))?;
        Ok(Some(parsed))
    }

    /// Takes the names that are left; an unknown option among them is an error.
    pub fn names(&mut self) -> Result<Vec<String>> {
        match self.0.iter().find(|word| word.starts_with('-')) {
            Some(option) => Err(Failure(format!("unknown option {option}; try --help"))),
            None => Ok(std::mem::take(&mut self.0)),
        }
    }

    /// For a command that takes no names.
    pub fn finish(&mut self) -> Result {
        match self.names()?.first() {
            Some(name) => Err(Failure(format!("what is {name:?}? try --help"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(String::from))
    }

    #[test]
    fn takes_options_then_names() {
        let mut args = args("suite --repeat 3 --fresh a --prefix=/x b");
        assert!(args.flag("--fresh"));
        assert!(!args.flag("--fresh"));
        assert_eq!(args.value::<u32>("--repeat").unwrap(), Some(3));
        assert_eq!(
            args.value::<String>("--prefix").unwrap().as_deref(),
            Some("/x")
        );
        assert_eq!(args.names().unwrap(), ["suite", "a", "b"]);
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        assert!(args("--nonsense").names().is_err());
        assert!(args("--repeat").value::<u32>("--repeat").is_err());
        assert!(args("--repeat x").value::<u32>("--repeat").is_err());
        assert!(args("name").finish().is_err());
    }
}
