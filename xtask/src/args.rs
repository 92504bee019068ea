//! Parses the command line: flags, options with a value, names.

use harness::{Failure, Result};
use std::num::NonZeroU32;
use std::str::FromStr;

/// The arguments not yet taken. A command takes the options that it knows, then the
/// names; an option left over is unknown.
pub struct Args {
    words: Vec<String>,
    misunderstood: bool,
}

impl Args {
    /// Creates it from the arguments after the command.
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        Args {
            words: words.collect(),
            misunderstood: false,
        }
    }

    /// Returns false once an argument was wrong.
    pub fn were_understood(&self) -> bool {
        !self.misunderstood
    }

    /// Makes an error about the command line.
    pub fn misunderstood(&mut self, why: impl Into<String>) -> Failure {
        self.misunderstood = true;
        Failure(format!("{}; try --help", why.into()))
    }

    /// Takes a flag; returns whether it was given.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() != before
    }

    /// Takes `NAME VALUE` or `NAME=VALUE`.
    pub fn value<T: FromStr>(&mut self, name: &str) -> Result<Option<T>> {
        let with_equals = format!("{name}=");
        let is_it = |word: &String| word == name || word.starts_with(&with_equals);
        let Some(at) = self.words.iter().position(is_it) else {
            return Ok(None);
        };
        let word = self.words.remove(at);
        let next = self
            .words
            .get(at)
            .is_some_and(|next| !next.starts_with('-'));
        let value = match word.strip_prefix(&with_equals) {
            Some(value) => value.to_owned(),
            None if next => self.words.remove(at),
            None => return Err(self.misunderstood(format!("{name} wants a value"))),
        };
        let parsed = value.parse();
        let why = || format!("{name} cannot be {value:?}");
        Ok(Some(parsed.map_err(|_| self.misunderstood(why()))?))
    }

    /// Takes an option whose value is a number above zero.
    pub fn count(&mut self, name: &str) -> Result<Option<u32>> {
        let count: Option<NonZeroU32> = self.value(name)?;
        Ok(count.map(NonZeroU32::get))
    }

    /// Takes the remaining names; fails if an option is among them.
    pub fn names(&mut self) -> Result<Vec<String>> {
        let names = std::mem::take(&mut self.words);
        match names.iter().find(|word| word.starts_with('-')) {
            Some(option) => Err(self.misunderstood(format!("unknown option {option}"))),
            None => Ok(names),
        }
    }

    /// Fails if any argument is left.
    pub fn finish(&mut self) -> Result {
        match self.names()?.first() {
            Some(name) => Err(self.misunderstood(format!("what is {name:?}?"))),
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
        assert!(args("--repeat 0").count("--repeat").is_err());
        assert!(args("--json --plot x").value::<String>("--json").is_err());
        let mut args = args("name");
        assert!(args.were_understood());
        assert!(args.finish().is_err() && !args.were_understood());
    }
}
