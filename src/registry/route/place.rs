//! A place in a configuration that is being read.

use std::fmt;

/// Where the reader is: written out as a JSON pointer only where there is a problem.
pub(super) enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Item(&'a Place<'a>, usize),
}

impl<'a> Place<'a> {
    pub(super) fn field(&'a self, name: &'a str) -> Place<'a> {
        Place::Field(self, name)
    }

    pub(super) fn item(&'a self, index: usize) -> Place<'a> {
        Place::Item(self, index)
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Root => Ok(()),
            Place::Field(place, name) => write!(f, "{place}/{}", name.replace('~', "~0").replace('/', "~1")),
            Place::Item(place, index) => write!(f, "{place}/{index}"),
        }
    }
}
