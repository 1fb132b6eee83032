//! Invoices: lines that add up to a total, numbered without a gap, and never changed once issued.

use serde::{Deserialize, Serialize};

use super::proration::{Rounding, amount_minor};
use crate::error::Error;
use crate::id::InvoiceId;
use crate::time::Timestamp;

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// A period of a plan, or the rest of one.
    Plan,
    /// What was billed for a time that another line bills anew.
    Credit,
    /// What was used.
    Usage,
    /// What was used in a period that had been billed before it became known.
    Adjustment,
    /// Credit of earlier invoices that this one uses.
    CreditUsed,
    /// Credit that this invoice leaves to later ones.
    CreditCarried,
}

/// One line: `quantity` times `unit_minor` for the share `part / whole` of it, rounded once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// What it is for.
    pub kind: LineKind,
    /// The same in words.
    pub text: String,
    /// How many.
    pub quantity: u64,
    /// Price of each, minor units; negative for a credit.
    pub unit_minor: i64,
    /// Numerator of the share that is billed: of a time in microseconds, otherwise 1.
    pub part: u64,
    /// Its denominator.
    pub whole: u64,
    /// The amount, minor units.
    pub amount_minor: i64,
    /// Start of the time that it is for.
    pub period_start: Timestamp,
    /// End of it.
    pub period_end: Timestamp,
}

impl InvoiceLine {
    /// The line with its amount worked out.
    pub(super) fn priced(self, rounding: Rounding) -> Result<Self, Error> {
        let amount_minor = amount_minor(self.quantity, self.unit_minor, self.part, self.whole, rounding)?;
        Ok(Self { amount_minor, ..self })
    }

    /// The line together with one of the same price that follows it.
    pub(super) fn extended(&self, next: &Self, rounding: Rounding) -> Result<Self, Error> {
        let quantity = self.quantity.checked_add(next.quantity);
        let quantity = quantity.ok_or_else(|| Error::undefined("quantity", "the sum of use is beyond 64 bits"))?;
        Self { quantity, period_end: next.period_end, ..self.clone() }.priced(rounding)
    }
}

/// The sum of the amounts of lines.
pub(super) fn sum(lines: &[InvoiceLine]) -> Result<i64, Error> {
    lines
        .iter()
        .try_fold(0_i64, |sum, line| sum.checked_add(line.amount_minor))
        .ok_or_else(|| Error::undefined("total_minor", "the sum of the lines is beyond 64 bits"))
}

/// Whether a document asks for money or gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// It asks; its total is never below 0.
    Invoice,
    /// It corrects; its total is never above 0.
    CreditNote,
}

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvoiceState {
    /// Being written: it has no number yet and is not kept.
    Draft,
    /// Sent; from here on only its state changes.
    Issued,
    /// Paid, or with nothing to pay.
    Paid,
    /// Given up before it was sent.
    Void,
}

impl InvoiceState {
    /// Refuses a step that no invoice takes: what is issued is corrected by a credit note, not voided.
    pub fn require(self, next: Self) -> Result<(), Error> {
        use InvoiceState as S;
        match (self, next) {
            (S::Draft, S::Issued | S::Void | S::Paid) | (S::Issued, S::Paid) => Ok(()),
            (from, next) => {
                let error = Error::conflict("illegal_transition", format!("an invoice that is {from:?}"));
                Err(error.with("current", format!("{from:?}")).with("value", format!("{next:?}")))
            }
        }
    }
}

/// An invoice or credit note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// Its id, and the key under which it is handed on.
    pub id: InvoiceId,
    /// Its number, from 1 without a gap in each tenant; 0 for a draft.
    pub number: u64,
    /// Which of the two it is.
    pub kind: InvoiceKind,
    /// Where it stands.
    pub state: InvoiceState,
    /// Start of the time that it is for.
    pub period_start: Timestamp,
    /// End of it.
    pub period_end: Timestamp,
    /// Currency of its amounts.
    pub currency: String,
    /// Its lines, in order.
    pub lines: Vec<InvoiceLine>,
    /// The sum of its lines, minor units.
    pub total_minor: i64,
    /// When it was made.
    pub issued_at: Timestamp,
}

/// What is to be billed: an invoice that has neither id nor number yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Which of the two it is.
    pub kind: InvoiceKind,
    /// Start of the time that it is for.
    pub period_start: Timestamp,
    /// End of it.
    pub period_end: Timestamp,
    /// Currency of its amounts.
    pub currency: String,
    /// Its lines, in order.
    pub lines: Vec<InvoiceLine>,
    /// The sum of its lines, minor units.
    pub total_minor: i64,
}

impl Bill {
    /// The bill of these lines, which uses up credit or leaves some; none where there is nothing to tell.
    ///
    /// `credit_minor` is what the customer has, before and after.
    pub(super) fn of(
        mut lines: Vec<InvoiceLine>,
        credit_minor: &mut i64,
        currency: &str,
        (start, end): (Timestamp, Timestamp),
    ) -> Result<Option<Self>, Error> {
        let tells = |line: &InvoiceLine| line.amount_minor != 0 || line.kind == LineKind::Adjustment;
        if !lines.iter().any(tells) {
            return Ok(None);
        }
        let due = sum(&lines)?;
        let (kind, text, moved) = if due < 0 {
            (LineKind::CreditCarried, "credit carried forward", -due)
        } else {
            (LineKind::CreditUsed, "credit used", -due.min(*credit_minor))
        };
        if moved != 0 {
            let whole = InvoiceLine {
                kind,
                text: text.to_owned(),
                quantity: 1,
                unit_minor: moved,
                part: 1,
                whole: 1,
                amount_minor: moved,
                period_start: start,
                period_end: end,
            };
            lines.push(whole);
            *credit_minor = credit_minor
                .checked_add(moved)
                .ok_or_else(|| Error::undefined("credit_minor", "the credit is beyond 64 bits"))?;
        }
        let total_minor = due + moved;
        Ok(Some(Self {
            kind: InvoiceKind::Invoice,
            period_start: start,
            period_end: end,
            currency: currency.to_owned(),
            lines,
            total_minor,
        }))
    }

    /// The draft of an invoice; it is numbered where it is kept.
    #[must_use]
    pub fn draft(self, id: InvoiceId, issued_at: Timestamp) -> Invoice {
        Invoice {
            id,
            number: 0,
            kind: self.kind,
            state: InvoiceState::Draft,
            period_start: self.period_start,
            period_end: self.period_end,
            currency: self.currency,
            lines: self.lines,
            total_minor: self.total_minor,
            issued_at,
        }
    }
}

impl Invoice {
    /// The draft as it is issued under `number`: paid at once where it asks for nothing.
    pub(crate) fn issued(&self, number: u64) -> Result<Self, Error> {
        let state = if self.total_minor > 0 { InvoiceState::Issued } else { InvoiceState::Paid };
        self.state.require(state)?;
        Ok(Self { number, state, ..self.clone() })
    }
}
