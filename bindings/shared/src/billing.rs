//! What a tenant uses, and what is billed for it.

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::platform::{Cancellation, NewUsage, Platform};
use valor_ivx::tenancy::{LimitKind, PlanChange, UsageKind, UsageWindow, VerifiedPrincipal};
use valor_ivx::time::Timestamp;

use crate::{PAGE, given, page, parted, text, typed};

/// Calls a service of use.
pub(crate) fn usage(platform: &Platform, who: &VerifiedPrincipal, call: &str, fields: &Value) -> Result<Value, Error> {
    let service = platform.usage();
    match call {
        "total" => {
            let kind: UsageKind = typed("kind", &fields["kind"])?;
            let (from, to): (Timestamp, Timestamp) = (typed("from", &fields["from"])?, typed("to", &fields["to"])?);
            Ok(service.total(who, kind, from, to)?.into())
        }
        "record" => Ok(json!(service.record(who, &typed::<NewUsage>("usage", &given(fields))?)?)),
        "totals" => {
            let kind: UsageKind = typed("kind", &fields["kind"])?;
            let span = (typed("from", &fields["from"])?, typed("to", &fields["to"])?);
            let by: UsageWindow = typed("by", &fields["by"])?;
            Ok(json!(service.totals(who, kind, span, by)?))
        }
        "recount" => {
            let kind: LimitKind = typed("kind", &fields["kind"])?;
            Ok(json!(service.recount(who, kind)?))
        }
        "report" => Ok(json!(service.report(who)?)),
        "list" => Ok(json!(service.list(who, &page(fields)?)?)),
        other => Err(Error::not_found("unknown_service", format!("usage.{other}"))),
    }
}

/// Calls a service of subscriptions: of the caller's own tenant, or of the one that an operator names.
pub(crate) fn subscriptions(
    platform: &Platform,
    who: &VerifiedPrincipal,
    call: &str,
    fields: &Value,
) -> Result<Value, Error> {
    let mut service = platform.subscriptions();
    if let Some(tenant) = fields["tenant"].as_str() {
        service = service.of(tenant.parse()?);
    }
    let text = |name: &str| text(fields, name);
    let size = || {
        let size = fields["size"].as_u64().unwrap_or(PAGE);
        usize::try_from(size).unwrap_or(usize::MAX)
    };
    let change = || {
        let (change, _) = parted(&given(fields), &["plan", "cycle"]);
        typed::<PlanChange>("change", &change)
    };
    match call {
        "get" => Ok(json!(service.get(who)?)),
        "history" => Ok(json!(service.history(who, size())?)),
        "invoices" => Ok(json!(service.invoices(who, fields["before"].as_u64(), size())?)),
        "invoice" => Ok(json!(service.invoice(who, text("id")?.parse()?)?)),
        "preview" => Ok(json!(service.preview(who, &change()?)?)),
        "commit" => Ok(json!(service.commit(who, text("token")?, text("idem_key")?)?)),
        "cancel" => {
            let when: Cancellation = typed("when", &fields["when"])?;
            Ok(json!(service.cancel(who, when)?))
        }
        "withdraw" => Ok(json!(service.withdraw(who)?)),
        "reactivate" => Ok(json!(service.reactivate(who, &change()?)?)),
        "activate" => Ok(json!(service.activate(who)?)),
        "migrate" => Ok(json!(service.migrate(who)?)),
        "payment_received" => Ok(json!(service.payment_received(who, text("invoice")?.parse()?)?)),
        "payment_failed" => Ok(json!(service.payment_failed(who, text("invoice")?.parse()?)?)),
        "advance" => Ok(json!(service.advance(who)?)),
        "deliver" => {
            let swept = service.deliver(who)?;
            // What the host's own sink raised is not told as a reason alone.
            let raised = swept.failed.iter().find(|failed| failed.error.foreign().is_some());
            raised.map_or_else(|| Ok(json!(swept)), |failed| Err(failed.error.clone()))
        }
        "outbox" => Ok(json!(service.outbox(who, size())?)),
        "delivered" => service.delivered(who, text("invoice")?.parse()?).map(|()| Value::Null),
        other => Err(Error::not_found("unknown_service", format!("subscriptions.{other}"))),
    }
}
