//! The full account of one buy-out: sources and uses, schedules, tables of returns, value bridge and
//! warnings, from the same run that gives the returns.

use std::collections::BTreeMap;

use super::credit;
use super::deal::{Closing, Deal, Entry, Position, Returns};
use super::input::Lbo;
use super::output::{LboSchedule, LboValuation, MultipleReturn, TrancheSchedule, ValueBridge, YearReturn};
use super::trial::{Search, equity_rate};
use crate::by_key::by_key;
use crate::cashflow::{NoRate, SearchRoom, any_internal_rate};
use crate::error::Error;
use crate::valuation::Warning;

/// Everything the account is drawn from.
pub(super) struct Account<'a> {
    pub(super) lbo: &'a Lbo,
    pub(super) deal: &'a Deal,
    pub(super) numbers: &'a [f64],
    pub(super) closing: Closing<f64>,
    /// Face amounts of the tranches.
    pub(super) amounts: Vec<f64>,
    pub(super) years: Vec<Entry>,
    pub(super) at_exit: Position<f64>,
    pub(super) iterations: u32,
}

impl Account<'_> {
    pub(super) fn write(self) -> Result<LboValuation, Error> {
        let closing = &self.closing;
        let returns = self.returns(&self.at_exit, self.lbo.exit.multiple);
        let over_ltm = |amount: f64| (closing.ltm_ebitda > 0.0).then(|| amount / closing.ltm_ebitda);
        let entry_multiple = over_ltm(closing.purchase_price);
        let mut value = LboValuation {
            irr: self.irr(self.deal.exit_year, &returns)?,
            moic: returns.moic,
            sources: self.sources(),
            uses: self.uses(),
            entry_multiple,
            sponsor_equity: closing.sponsor_equity,
            total_debt: closing.debt,
            leverage: over_ltm(closing.debt),
            exit_ev: returns.exit_ev,
            exit_equity: returns.exit_equity,
            proceeds: returns.proceeds,
            wiped_out: returns.exit_equity <= 0.0,
            exit_debt: self.at_exit.debt,
            exit_cash: self.at_exit.cash,
            total_interest: self.at_exit.interest,
            schedule: self.schedule(),
            tranches: (0..self.lbo.tranches.len()).map(|i| self.tranche(i, &returns)).collect(),
            returns_by_year: self.returns_by_year()?,
            returns_by_multiple: self.returns_by_multiple()?,
            credit: credit::statistics(&self.years),
            covenants: self
                .lbo
                .covenants
                .iter()
                .map(|covenant| credit::test(covenant, self.lbo, &self.years))
                .collect(),
            value_bridge: entry_multiple.map(|entry| self.value_bridge(entry, &returns)),
            iterations: self.iterations,
            warnings: Vec::new(),
        };
        value.warnings = self.warnings(&value);
        Ok(value)
    }

    fn returns(&self, position: &Position<f64>, multiple: f64) -> Returns<f64> {
        self.deal.returns(&self.closing, position, multiple, self.numbers)
    }

    /// The sponsor's yearly return of an exit at the end of `year`.
    fn irr(&self, year: usize, returns: &Returns<f64>) -> Result<f64, Error> {
        let dividends = self.years[..year].iter().map(|entry| entry.year.dividends);
        equity_rate(&self.closing, dividends, returns, &mut Search::default()).map_err(NoRate::error)
    }

    fn sources(&self) -> BTreeMap<String, f64> {
        let closing = &self.closing;
        let tranches = self.lbo.tranches.iter().zip(&self.amounts);
        let mut sources = by_key(tranches.map(|(tranche, amount)| (tranche.name.clone(), *amount)));
        sources.insert("revolver".into(), closing.revolver);
        sources.insert("rollover_equity".into(), closing.rollover_equity);
        sources.insert("sponsor_equity".into(), closing.sponsor_equity);
        sources.insert("total".into(), closing.debt + closing.rollover_equity + closing.sponsor_equity);
        sources
    }

    fn uses(&self) -> BTreeMap<String, f64> {
        let closing = &self.closing;
        let items = [
            ("equity_purchase", closing.purchase_price - self.lbo.existing_net_debt),
            ("existing_net_debt", self.lbo.existing_net_debt),
            ("financing_fees", closing.financing_fees),
            ("minimum_cash", closing.minimum_cash),
            ("total", closing.uses),
            ("transaction_fees", self.lbo.transaction_fees),
        ];
        by_key(items.map(|(name, amount)| (name.to_owned(), amount)))
    }

    fn schedule(&self) -> LboSchedule {
        let each = |pick: fn(&Entry) -> f64| self.years.iter().map(pick).collect::<Vec<_>>();
        let from_closing =
            |first: f64, pick: fn(&Entry) -> f64| std::iter::once(first).chain(self.years.iter().map(pick)).collect();
        LboSchedule {
            revenue: each(|entry| entry.year.operations.revenue),
            ebitda: each(|entry| entry.year.operations.ebitda),
            da: each(|entry| entry.year.operations.da),
            ebit: each(|entry| entry.year.operations.ebitda - entry.year.operations.da),
            cash_interest: each(|entry| entry.year.service.cash_interest),
            pik_interest: each(|entry| entry.year.service.pik),
            fee_amortization: each(|entry| entry.year.fee_amortization),
            tax: each(|entry| entry.year.tax),
            net_income: each(net_income),
            cfads: each(|entry| entry.year.cfads),
            mandatory: each(|entry| entry.year.service.mandatory),
            sweep: each(|entry| entry.year.sweep),
            revolver_draw: each(|entry| entry.year.revolver_draw),
            dividends: each(|entry| entry.year.dividends),
            cash: from_closing(self.closing.minimum_cash, |entry| entry.closing.cash),
            revolver: from_closing(self.closing.revolver, |entry| entry.closing.revolver),
            total_debt: from_closing(self.closing.debt, |entry| entry.closing.debt()),
        }
    }

    fn tranche(&self, i: usize, returns: &Returns<f64>) -> TrancheSchedule {
        let amount = self.amounts[i];
        let lines = || self.years.iter().map(|entry| entry.lines[i]);
        TrancheSchedule {
            name: self.lbo.tranches[i].name.clone(),
            balance: std::iter::once(amount).chain(self.years.iter().map(|entry| entry.closing.tranches[i])).collect(),
            interest: lines().map(|line| line.interest).collect(),
            pik: lines().map(|line| line.pik).collect(),
            mandatory: lines().map(|line| line.mandatory).collect(),
            sweep: lines().map(|line| line.sweep).collect(),
            irr: if returns.exit_equity < 0.0 { None } else { self.lender_irr(i) },
        }
    }

    /// What the lender of tranche `i` earns when it is repaid in full at exit.
    fn lender_irr(&self, i: usize) -> Option<f64> {
        let tranche = &self.lbo.tranches[i];
        let lent = self.amounts[i] * (1.0 - tranche.fee_pct - tranche.oid_pct);
        let mut flows = vec![-lent];
        for entry in &self.years[..self.deal.exit_year] {
            let line = &entry.lines[i];
            flows.push(line.interest + line.mandatory + line.sweep - line.raised);
        }
        flows[self.deal.exit_year] += self.years[self.deal.exit_year - 1].closing.tranches[i];
        // Why there may be none: nothing is lent, or fees exceed the amount.
        any_internal_rate(&flows, &mut SearchRoom::default()).ok()
    }

    fn returns_by_year(&self) -> Result<Vec<YearReturn>, Error> {
        let mut dividends = 0.0;
        let mut table = Vec::with_capacity(self.years.len());
        for (year, entry) in (1..).zip(&self.years) {
            dividends += entry.year.dividends;
            let position = Position {
                ebitda: entry.year.operations.ebitda,
                debt: entry.closing.debt(),
                cash: entry.closing.cash,
                dividends,
                interest: 0.0,
            };
            let returns = self.returns(&position, self.lbo.exit.multiple);
            let irr = self.irr(year as usize, &returns)?;
            table.push(YearReturn { year, exit_equity: returns.exit_equity, moic: returns.moic, irr });
        }
        Ok(table)
    }

    fn returns_by_multiple(&self) -> Result<Vec<MultipleReturn>, Error> {
        let alone = [self.lbo.exit.multiple];
        let multiples = self.lbo.exit_multiples.as_deref().unwrap_or(&alone);
        let at = |multiple: &f64| {
            let returns = self.returns(&self.at_exit, *multiple);
            let irr = self.irr(self.deal.exit_year, &returns)?;
            Ok(MultipleReturn { multiple: *multiple, exit_equity: returns.exit_equity, moic: returns.moic, irr })
        };
        multiples.iter().map(at).collect()
    }

    fn value_bridge(&self, entry_multiple: f64, returns: &Returns<f64>) -> ValueBridge {
        let (closing, exit) = (&self.closing, &self.at_exit);
        let ebitda_growth = (exit.ebitda - closing.ltm_ebitda) * entry_multiple;
        let multiple_change = (self.lbo.exit.multiple - entry_multiple) * exit.ebitda;
        let net_debt_reduction = (closing.debt - closing.minimum_cash) - (exit.debt - exit.cash);
        let fees = -(self.lbo.transaction_fees + closing.financing_fees + returns.exit_fee);
        let management_pool = -returns.pool;
        let operating = ebitda_growth + multiple_change + net_debt_reduction;
        ValueBridge {
            ebitda_growth,
            multiple_change,
            net_debt_reduction,
            fees,
            dividends: exit.dividends,
            management_pool,
            total: operating + fees + exit.dividends + management_pool,
        }
    }

    fn warnings(&self, value: &LboValuation) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code: &str, field: String, message: String| {
            warnings.push(Warning { code: code.to_owned(), field, message });
        };
        if value.wiped_out {
            let message = format!("the exit leaves {} to equity, which receives nothing", value.exit_equity);
            warn("wiped_out", "exit_equity".into(), message);
        }
        for (i, covenant) in value.covenants.iter().enumerate() {
            let breached = |t: usize| covenant.breached[t];
            if let Some((first, years)) = years_where(self.years.len(), breached) {
                let message = format!("{years}: {} is not kept", covenant.kind.name());
                warn("covenant_breached", format!("covenants[{i}].breached[{first}]"), message);
            }
        }
        let loses = |t: usize| self.lbo.nol.is_none() && self.years[t].year.taxable < 0.0;
        if let Some((first, years)) = years_where(self.years.len(), loses) {
            let message = format!("{years}: a loss saves no tax, since nol is not given");
            warn("losses_without_nol", format!("schedule.tax[{first}]"), message);
        }
        for (i, tranche) in self.lbo.tranches.iter().enumerate() {
            if tranche.pik_premium > 0.0 && tranche.pik_toggle_years.is_empty() {
                let message = "given, but pik_toggle_years names no year in which it counts".to_owned();
                warn("inert_path", format!("tranches[{i}].pik_premium"), message);
            }
        }
        self.warn_of_undefined(value, &mut warn);
        warnings
    }

    /// Outputs that are null, and why.
    fn warn_of_undefined(&self, value: &LboValuation, warn: &mut impl FnMut(&str, String, String)) {
        let mut undefined = |field: String, why: String| warn("undefined_output", field, why);
        if value.entry_multiple.is_none() {
            let why = format!("EBITDA of the last twelve months is {}", self.closing.ltm_ebitda);
            for field in ["entry_multiple", "leverage", "value_bridge"] {
                undefined(field.into(), why.clone());
            }
        }
        for (i, tranche) in value.tranches.iter().enumerate().filter(|(_, tranche)| tranche.irr.is_none()) {
            let why = if value.exit_equity < 0.0 {
                "the exit does not cover all debt, and who loses is not told"
            } else {
                "the lender pays nothing"
            };
            undefined(format!("tranches[{i}].irr"), format!("{}: {why}", tranche.name));
        }
        let credit = &value.credit;
        let columns = [
            ("leverage", &credit.leverage, "EBITDA is not positive"),
            ("net_leverage", &credit.net_leverage, "EBITDA is not positive"),
            ("interest_cover", &credit.interest_cover, "no interest is paid"),
            ("fccr", &credit.fccr, "no interest or scheduled repayment is paid"),
        ];
        for (name, column, why) in columns {
            if let Some((first, years)) = years_where(column.len(), |t| column[t].is_none()) {
                undefined(format!("credit.{name}[{first}]"), format!("{years}: {why}"));
            }
        }
    }
}

/// EBITDA less depreciation, fees, interest and tax.
fn net_income(entry: &Entry) -> f64 {
    let year = &entry.year;
    let operating = year.operations.ebitda - year.operations.da - year.operations.monitoring_fee;
    let interest = year.service.cash_interest + year.service.pik - year.cash_income;
    operating - year.fee_amortization - interest - year.tax
}

/// The first year (0-based) for which `holds`, and all of them in words.
fn years_where(years: usize, holds: impl Fn(usize) -> bool) -> Option<(usize, String)> {
    let found: Vec<usize> = (0..years).filter(|t| holds(*t)).collect();
    let list: Vec<_> = found.iter().map(|t| (t + 1).to_string()).collect();
    found.first().map(|first| (*first, format!("year {}", list.join(", "))))
}
