//! Acceptances of sign-ins: on record once for each that this process has not met, and a lookup after that.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use super::Platform;
use super::denials::Acting;
use super::services::event;
use crate::error::Error;
use crate::id::{TenantId, UserId};
use crate::tenancy::{AuditEvent, VerifiedPrincipal};
use crate::time::Timestamp;

/// Sign-ins that one generation holds; two of them are remembered.
const MOST: usize = 1 << 15;

/// One sign-in: who, and when the host verified it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum SignIn {
    Member(TenantId, UserId, Timestamp),
    Operator(String, Timestamp),
}

/// The sign-ins that were met last.
#[derive(Debug, Default)]
pub(super) struct SignIns(Mutex<[HashSet<SignIn>; 2]>);

impl SignIns {
    /// Whether it is met for the first time.
    fn is_first(&self, sign_in: &SignIn) -> bool {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.iter().any(|generation| generation.contains(sign_in)) {
            return false;
        }
        if generations[0].len() >= MOST {
            generations.swap(0, 1);
            generations[0].clear();
        }
        generations[0].insert(sign_in.clone())
    }

    fn forget(&self, sign_in: &SignIn) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for generation in generations.iter_mut() {
            generation.remove(sign_in);
        }
    }
}

impl Platform {
    /// Puts the acceptance of a sign-in on record, the first time that it is met.
    pub(super) fn accept(&self, acting: &Acting, principal: &VerifiedPrincipal) -> Result<(), Error> {
        let at = principal.authenticated_at();
        let (sign_in, resource_type) = match acting {
            Acting::Tenant(cx) => (SignIn::Member(cx.tenant(), cx.user(), at), "user"),
            Acting::Platform(cx) => (SignIn::Operator(cx.operator().to_owned(), at), "operator"),
        };
        if !self.sign_ins.is_first(&sign_in) {
            return Ok(());
        }
        let actor = acting.actor();
        let accepted = AuditEvent {
            detail: json!({"kind": principal.kind().name(), "authenticated_at": at}),
            ..event(&actor, "sign_in", resource_type, &actor, self.clock.now())
        };
        self.put(acting, &accepted).inspect_err(|_| self.sign_ins.forget(&sign_in))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_sign_ins_is_bounded_and_keeps_the_last_ones() {
        let sign_ins = SignIns::default();
        let of = |n: usize| SignIn::Operator(format!("operator {n}"), Timestamp::default());
        assert!((0..3 * MOST).all(|n| sign_ins.is_first(&of(n))));
        assert!((2 * MOST..3 * MOST).all(|n| !sign_ins.is_first(&of(n))));
        let held: usize = sign_ins.0.lock().unwrap().iter().map(HashSet::len).sum();
        assert!(held <= 2 * MOST, "{held}");
        assert!(sign_ins.is_first(&of(0)), "what is forgotten is put on record once more");
    }
}
