//! From enterprise value to a share, by one rule for all models: what the bridge adds and subtracts,
//! and what options, restricted units and convertibles dilute.

// Inside lane code.
#![allow(clippy::inline_always)]

use crate::model::{ExplanationLine, Problems, Slot, figure};
use crate::number::Number;
use crate::valuation::dcf::{Bridge, BridgeItem, Convertible, ShareOption};

impl<N: Copy> Bridge<N> {
    /// The items given, each with the sign by which it changes equity. The bridge stands at `field`.
    pub(crate) fn signed(&self, field: &str, problems: &mut Problems) -> Vec<(f64, N)> {
        if self.net_debt.is_some() && (self.debt.is_some() || self.cash.is_some()) {
            problems.refuse(format!("{field}.net_debt"), "given", "either net_debt, or debt and cash, not both");
        }
        let claims = self
            .net_debt
            .into_iter()
            .chain(self.debt)
            .chain([self.leases, self.pension_deficit, self.preferred, self.minority_interest])
            .chain(self.other_claims.iter().map(|claim| claim.amount))
            .map(|item| (-1.0, item));
        let assets = self
            .cash
            .into_iter()
            .chain([self.associates, self.non_operating_assets])
            .chain(self.other_assets.iter().map(|asset| asset.amount))
            .map(|item| (1.0, item));
        claims.chain(assets).collect()
    }
}

impl Bridge {
    /// Every item by its name, with what it adds to equity.
    pub(in crate::valuation) fn items(&self) -> Vec<BridgeItem> {
        let item = |name: &str, amount: f64| BridgeItem { name: name.to_owned(), amount: amount + 0.0 };
        let mut items = Vec::new();
        if let Some(net_debt) = self.net_debt {
            items.push(item("net_debt", -net_debt));
        } else {
            items.push(item("debt", -self.debt.unwrap_or(0.0)));
            items.push(item("cash", self.cash.unwrap_or(0.0)));
        }
        items.extend([
            item("leases", -self.leases),
            item("pension_deficit", -self.pension_deficit),
            item("preferred", -self.preferred),
            item("minority_interest", -self.minority_interest),
        ]);
        items.extend(self.other_claims.iter().map(|claim| item(&claim.name, -claim.amount)));
        items.extend([item("associates", self.associates), item("non_operating_assets", self.non_operating_assets)]);
        items.extend(self.other_assets.iter().map(|asset| item(&asset.name, asset.amount)));
        items
    }
}

/// The items of a bridge as lines of an explanation.
pub(crate) fn bridge_lines(bridge: &Bridge) -> Vec<ExplanationLine> {
    let line = |item: BridgeItem| {
        let mut label = item.name.replace('_', " ");
        if let Some(first) = label.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let sign = if item.amount < 0.0 { "deducted" } else { "added" };
        let formula = format!("bridge item {} {}, {sign}", item.name, figure(item.amount.abs()));
        ExplanationLine::new(label, formula, item.amount)
    };
    bridge.items().into_iter().map(line).collect()
}

/// What a bridge adds to equity, by the items of [`Bridge::signed`].
#[inline(always)]
pub(crate) fn bridge_sum<N: Number>(items: &[(f64, Slot)], x: &[N]) -> N {
    let mut sum = N::constant(0.0);
    for (sign, item) in items {
        sum = sum + item.of(x) * *sign;
    }
    sum
}

/// Shares and what dilutes them.
#[derive(Clone, Debug)]
pub(crate) struct ShareCount<S> {
    basic: S,
    rsus: Option<S>,
    /// Count and strike.
    options: Vec<(S, S)>,
    /// Principal and shares.
    convertibles: Vec<(S, S)>,
    treasury_price: Option<S>,
}

impl<S: Copy> ShareCount<S> {
    /// `None` without shares, with a problem where something is to dilute them.
    pub(crate) fn new(
        shares: Option<S>,
        rsus: Option<S>,
        options: &[ShareOption<S>],
        convertibles: &[Convertible<S>],
        treasury_price: Option<S>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let dilution = !options.is_empty() || !convertibles.is_empty() || rsus.is_some();
        let Some(basic) = shares else {
            if dilution || treasury_price.is_some() {
                problems.missing("shares", "required with options, rsus, convertibles or treasury_price");
            }
            return None;
        };
        let convertibles = convertibles.iter().map(|convertible| (convertible.principal, convertible.shares)).collect();
        Some(Self { rsus, convertibles, treasury_price, ..Self::with_options(basic, options) })
    }

    /// Basic shares diluted by options alone.
    pub(crate) fn with_options(basic: S, options: &[ShareOption<S>]) -> Self {
        let options = options.iter().map(|option| (option.count, option.strike)).collect();
        Self { basic, rsus: None, options, convertibles: Vec::new(), treasury_price: None }
    }
}

impl ShareCount<Slot> {
    /// Price of a share and diluted shares, at the treasury price where there is one.
    #[inline(always)]
    pub(crate) fn per_share<N: Number>(&self, equity: N, x: &[N]) -> (N, N) {
        match self.treasury_price {
            Some(price) => {
                let diluted = self.diluted_at(price.of(x), x);
                (equity / diluted, diluted)
            }
            None => self.solved(equity, x),
        }
    }

    /// Diluted shares by the treasury method when a share costs `price`.
    #[inline(always)]
    pub(crate) fn diluted_at<N: Number>(&self, price: N, x: &[N]) -> N {
        let zero = N::constant(0.0);
        let mut diluted = self.undiluted(x);
        for (count, strike) in self.claims(x) {
            diluted = diluted + count * (-(strike / price) + 1.0).max(zero);
        }
        diluted
    }

    /// Price P with (shares + rsus) P + sum of count max(0, P - strike) = equity, and diluted shares.
    ///
    /// The left side is convex and piecewise linear in P, so Newton's method from the undiluted price
    /// falls monotonically and ends exactly on the solution after at most one step a strike.
    #[inline(always)]
    pub(crate) fn solved<N: Number>(&self, equity: N, x: &[N]) -> (N, N) {
        let zero = N::constant(0.0);
        let basic = self.undiluted(x);
        let mut price = equity / basic;
        let steps = self.options.len() + self.convertibles.len();
        for _ in 0..steps {
            let mut shares = basic;
            let mut proceeds = equity;
            for (count, strike) in self.claims(x) {
                shares = shares + strike.if_less(price, count, zero);
                proceeds = proceeds + strike.if_less(price, count * strike, zero);
            }
            price = proceeds / shares;
        }
        let mut diluted = basic;
        for (count, strike) in self.claims(x) {
            let exercised = strike.if_less(price, count * (price - strike), zero);
            diluted = diluted + zero.if_less(exercised, exercised / price, zero);
        }
        (price, diluted)
    }

    #[inline(always)]
    fn undiluted<N: Number>(&self, x: &[N]) -> N {
        self.rsus.map_or(self.basic.of(x), |rsus| self.basic.of(x) + rsus.of(x))
    }

    /// Count and strike of everything that may become shares.
    #[inline(always)]
    fn claims<'a, N: Number>(&'a self, x: &'a [N]) -> impl Iterator<Item = (N, N)> + 'a {
        let options = self.options.iter().map(|(count, strike)| (count.of(x), strike.of(x)));
        options.chain(self.convertibles.iter().map(|(principal, shares)| {
            let shares = shares.of(x);
            (shares, principal.of(x) / shares)
        }))
    }
}
