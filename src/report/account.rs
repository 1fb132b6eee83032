//! The account of a governed run: who ran what under which plan, what served it and why, and where it is written.

use std::time::Duration;

use super::format::{show_count, show_elapsed};
use super::table::{Emphasis, Table};

/// What a reader needs to trust a run and to find it again.
#[derive(Clone, Debug, Default)]
pub struct RunAccount {
    /// Who asked, as people know them.
    pub person: String,
    /// The role that allowed it.
    pub role: String,
    /// The tenant.
    pub tenant: String,
    /// The plan of the tenant.
    pub plan: String,
    /// The model.
    pub model: String,
    /// The variant that served.
    pub variant: String,
    /// Why that variant.
    pub why: String,
    /// Time the model took.
    pub elapsed: Option<Duration>,
    /// Seed of the run.
    pub seed: Option<u64>,
    /// Trials of a simulation.
    pub trials: Option<u64>,
    /// Trials without a value.
    pub undefined: Option<u64>,
    /// Id of the run.
    pub run_id: String,
    /// Place in the audit chain, and whether the chain was verified.
    pub audit: String,
    /// What a replay of the run gave.
    pub replay: String,
}

impl RunAccount {
    /// The account as a table; what is not known is left out.
    #[must_use]
    pub fn table(&self, title: &str) -> Table {
        let elapsed = self.elapsed.map(show_elapsed);
        let seed = self.seed.map(|seed| seed.to_string());
        let lines = [
            ("Run by", self.person.as_str()),
            ("As", &self.role),
            ("Tenant", &self.tenant),
            ("Plan", &self.plan),
            ("Model", &self.model),
            ("Variant served", &self.variant),
            ("Because", &self.why),
            ("Time", elapsed.as_deref().unwrap_or("")),
            ("Trials", &self.trials.map(show_count).unwrap_or_default()),
            ("Undefined trials", &self.undefined.map(show_count).unwrap_or_default()),
            ("Seed", seed.as_deref().unwrap_or("")),
            ("Run", &self.run_id),
            ("Audit", &self.audit),
            ("Replay", &self.replay),
        ];
        let mut table = Table::new(title).of_text();
        for (term, text) in lines.into_iter().filter(|(_, text)| !text.is_empty()) {
            table.push(Emphasis::Plain, [term, text]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_is_left_out() {
        let account = RunAccount { person: "Ada".into(), trials: Some(1_000_000), ..RunAccount::default() };
        let html = account.table("Run").to_html();
        assert!(html.contains("Ada") && html.contains("1,000,000"));
        assert!(!html.contains("Seed") && !html.contains("Audit"));
    }
}
