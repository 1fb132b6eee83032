//! The one error type of the library and the one table that maps it to every language.
//!
//! An [`Error`] is a kind, a stable `snake_case` reason where the registry, tenancy or platform raise
//! it, and named details (which field, which value, which constraint, what to do). Bindings and the
//! HTTP router read [`ErrorKind::TABLE`]; nothing else decides on exception classes or status codes.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What sort of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ErrorKind {
    /// One field, or a pair of fields, violates its stated domain.
    InvalidInput,
    /// Each input is legal but the quantity does not exist.
    Undefined,
    /// An iteration stopped above its tolerance.
    NoConvergence,
    /// The thing named does not exist, or the caller may not know that it does.
    NotFound,
    /// The state of the thing named forbids the change.
    Conflict,
    /// Nobody has been identified.
    Unauthenticated,
    /// The caller is known and may not do this.
    Denied,
    /// A plan, quota or rate does not allow it.
    LimitExceeded,
    /// The caller asked to stop.
    Cancelled,
    /// Something outside is not there at the moment.
    Unavailable,
    /// A fault of the library or of a model.
    Internal,
}

/// One row of the table that maps a kind to the languages and to HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// The kind this row is about.
    pub kind: ErrorKind,
    /// The kind as it is written in JSON.
    pub name: &'static str,
    /// Class name in the Python package.
    pub python_class: &'static str,
    /// Built-in Python class that the class derives from as well.
    pub python_base: Option<&'static str>,
    /// `code` of the Node error.
    pub node_code: &'static str,
    /// HTTP status.
    pub http_status: u16,
}

macro_rules! error_table {
    ($($kind:ident $class:literal $base:expr, $code:literal $status:literal;)*) => {
        /// Kind, Python class, Node code and HTTP status of every error.
        pub const TABLE: &'static [ErrorRow] = &[$(ErrorRow {
            kind: ErrorKind::$kind,
            name: stringify!($kind),
            python_class: $class,
            python_base: $base,
            node_code: $code,
            http_status: $status,
        }),*];
    };
}

impl ErrorKind {
    error_table! {
        InvalidInput    "InvalidInputError"    Some("ValueError"),      "INVALID_INPUT"   422;
        Undefined       "UndefinedError"       Some("ArithmeticError"), "UNDEFINED"       422;
        NoConvergence   "NoConvergenceError"   None,                    "NO_CONVERGENCE"  422;
        NotFound        "NotFoundError"        Some("LookupError"),     "NOT_FOUND"       404;
        Conflict        "ConflictError"        None,                    "CONFLICT"        409;
        Unauthenticated "UnauthenticatedError" None,                    "UNAUTHENTICATED" 401;
        Denied          "DeniedError"          Some("PermissionError"), "DENIED"          403;
        LimitExceeded   "LimitExceededError"   None,                    "LIMIT_EXCEEDED"  402;
        Cancelled       "CancelledError"       None,                    "CANCELLED"       499;
        Unavailable     "UnavailableError"     None,                    "UNAVAILABLE"     503;
        Internal        "InternalError"        None,                    "INTERNAL"        500;
    }

    /// The kind as it is written in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The row of [`ErrorKind::TABLE`] for this kind.
    #[must_use]
    pub fn row(self) -> &'static ErrorRow {
        // The table lists the variants in declaration order; a test holds it to that.
        &Self::TABLE[self as usize]
    }
}

/// A clear refusal: what is wrong, which value, what is allowed, what to do.
///
/// Built by the constructor of its kind and the `with_…` methods; read by [`Error::kind`],
/// [`Error::reason`] and [`Error::detail`], or whole by [`Error::to_json`].
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    details: Map<String, Value>,
    also: Vec<Error>,
    foreign: Option<Arc<dyn Any + Send + Sync>>,
}

/// `Result` with the library's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Names of the details an error may carry, each an attribute of the error in Python and Node.
    pub const DETAILS: &'static [&'static str] = &[
        "field",
        "value",
        "constraint",
        "what",
        "why",
        "iterations",
        "residual",
        "best",
        "reason",
        "hint",
        "needed_plan",
        "current",
        "limit",
        "used",
        "blocked_by",
        "allowed",
        "offenders",
        "problems",
    ];

    fn new(kind: ErrorKind) -> Self {
        Self(Box::new(Inner { kind, details: Map::new(), also: Vec::new(), foreign: None }))
    }

    /// `field` (a path) holds `value`, which violates `constraint`.
    pub fn invalid_input(field: impl Into<String>, value: impl Into<Value>, constraint: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput)
            .with("field", field.into())
            .with("value", value)
            .with("constraint", constraint.into())
    }

    /// As [`Error::invalid_input`] for a number, which may be NaN or infinite and is then shown as text.
    pub fn invalid_number(field: impl Into<String>, value: f64, constraint: impl Into<String>) -> Self {
        Self::invalid_input(field, number_or_text(value), constraint)
    }

    /// The quantity `what` does not exist for these legal inputs, because of `why`.
    pub fn undefined(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(ErrorKind::Undefined).with("what", what.into()).with("why", why.into())
    }

    /// The iteration for `what` stopped after `iterations` with `residual`; `best` is the nearest it came.
    pub fn no_convergence(what: impl Into<String>, iterations: u64, residual: f64, best: f64) -> Self {
        Self::new(ErrorKind::NoConvergence)
            .with("what", what.into())
            .with("iterations", iterations)
            .with("residual", number_or_text(residual))
            .with("best", number_or_text(best))
    }

    /// `what` is not there; `reason` is the stable word for it.
    pub fn not_found(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::NotFound, reason, what)
    }

    /// The state of `what` forbids the change.
    pub fn conflict(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Conflict, reason, what)
    }

    /// Nobody has been identified.
    pub fn unauthenticated(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Unauthenticated, reason, what)
    }

    /// The caller may not do `what`.
    pub fn denied(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Denied, reason, what)
    }

    /// A plan, quota or rate does not allow `what`.
    pub fn limit_exceeded(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::LimitExceeded, reason, what)
    }

    /// The caller asked to stop `what`.
    pub fn cancelled(what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Cancelled, "cancelled", what)
    }

    /// `what` is not available at the moment.
    pub fn unavailable(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Unavailable, reason, what)
    }

    /// A fault of the library or of a model.
    pub fn internal(reason: &'static str, what: impl Into<String>) -> Self {
        Self::reasoned(ErrorKind::Internal, reason, what)
    }

    /// An exception of a host's own model, carried unchanged; a binding takes it out again by
    /// [`Error::foreign`].
    pub fn from_foreign(exception: Arc<dyn Any + Send + Sync>, text: impl Into<String>) -> Self {
        let mut error = Self::internal("model_internal", text);
        error.0.foreign = Some(exception);
        error
    }

    fn reasoned(kind: ErrorKind, reason: &'static str, what: impl Into<String>) -> Self {
        Self::new(kind).with("reason", reason).with("what", what.into())
    }

    /// Joins several problems into one error: the first, carrying the others in `also`.
    ///
    /// Returns `None` when there is no problem.
    #[must_use]
    pub fn collect(problems: Vec<Error>) -> Option<Self> {
        let mut problems = problems.into_iter();
        let mut first = problems.next()?;
        first.0.also.extend(problems);
        Some(first)
    }

    /// Adds a detail, one of [`Error::DETAILS`].
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        debug_assert!(Self::DETAILS.contains(&name), "unlisted error detail {name}");
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.with("hint", hint.into())
    }

    /// Sets the stable `snake_case` reason.
    #[must_use]
    pub fn with_reason(self, reason: &'static str) -> Self {
        self.with("reason", reason)
    }

    /// Puts the field path under a parent: `growth` becomes `input.growth`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        if let Some(Value::String(field)) = self.0.details.get_mut("field") {
            *field = if field.is_empty() { parent.to_owned() } else { format!("{parent}.{field}") };
        }
        self.0.also = self.0.also.into_iter().map(|error| error.under(parent)).collect();
        self
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The stable `snake_case` reason, where one is given.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.text("reason")
    }

    /// The path of the field the error is about.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.text("field")
    }

    /// The quantity that is undefined, or the thing that was not found, refused or changed.
    #[must_use]
    pub fn what(&self) -> Option<&str> {
        self.text("what")
    }

    /// A detail by its name in [`Error::DETAILS`].
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&Value> {
        self.0.details.get(name)
    }

    /// The other problems found in the same input.
    #[must_use]
    pub fn also(&self) -> &[Error] {
        &self.0.also
    }

    /// The exception of a host's own model that this error carries.
    #[must_use]
    pub fn foreign(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.0.foreign.as_ref()
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.details.get(name).and_then(Value::as_str)
    }

    /// The JSON form: `kind`, the details present, and `also` when there is more than one problem.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("kind".into(), self.0.kind.row().name.into());
        object.extend(self.0.details.clone());
        if !self.0.also.is_empty() {
            object.insert("also".into(), self.0.also.iter().map(Error::to_json).collect());
        }
        object.into()
    }
}

fn number_or_text(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or_else(|| value.to_string().into(), Value::Number)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |name: &str| match self.0.details.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        match self.0.kind {
            ErrorKind::InvalidInput => match (self.field(), self.0.details.get("value")) {
                (Some(field), Some(value)) => write!(f, "{field}: {value} is not allowed: {}", shown("constraint"))?,
                _ => write!(f, "invalid input: {}{}", shown("what"), shown("constraint"))?,
            },
            ErrorKind::Undefined => write!(f, "{} is undefined: {}", shown("what"), shown("why"))?,
            ErrorKind::NoConvergence => write!(
                f,
                "{} did not converge in {} iterations (residual {}, best {})",
                shown("what"),
                shown("iterations"),
                shown("residual"),
                shown("best"),
            )?,
            kind => match self.reason() {
                Some(reason) => write!(f, "{} ({reason}): {}", kind.row().name, shown("what"))?,
                None => write!(f, "{}: {}", kind.row().name, shown("what"))?,
            },
        }
        if let Some(plan) = self.text("needed_plan") {
            write!(f, "; needs the plan {plan}")?;
        }
        if let Some(hint) = self.text("hint") {
            write!(f, " ({hint})")?;
        }
        match self.0.also.len() {
            0 => Ok(()),
            1 => write!(f, "; and 1 other problem"),
            others => write!(f, "; and {others} other problems"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind == other.0.kind && self.0.details == other.0.details && self.0.also == other.0.also
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_finds_its_own_row() {
        for row in ErrorKind::TABLE {
            assert_eq!(row.kind.row(), row);
            assert_eq!(row.name, format!("{:?}", row.kind));
        }
    }

    #[test]
    fn collected_problems_travel_in_also() {
        let error = Error::collect(vec![
            Error::invalid_number("wacc", f64::NAN, "finite number"),
            Error::invalid_input("stub", 2, "in (0, 1]"),
        ])
        .unwrap();
        assert_eq!(error.to_json()["also"][0]["field"], "stub");
        assert_eq!(error.to_json()["value"], "NaN");
        assert_eq!(error.to_string(), "wacc: \"NaN\" is not allowed: finite number; and 1 other problem");
    }
}
