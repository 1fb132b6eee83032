//! Beta and leverage: taking the effect of debt out of a beta and putting it in again, by Hamada
//! (1972, constant debt), Harris and Pringle (1985, constant leverage) and Miles and Ezzell (1980,
//! leverage rebalanced once a year).
//!
//! A beta unlevered or relevered runs trials by lanes. The beta of peers, whose median takes a sort, runs
//! trials one by one, in a room made once a block.

use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared,
    Problems, Slot, TrialFormula, choice, figure, record, value_of,
};
use crate::number::Number;

choice! {
    /// How debt is thought to move with the value of the firm.
    pub enum BetaMethod {
        /// Debt is constant.
        Hamada = "hamada",
        /// Debt is always the same share of value.
        HarrisPringle = "harris_pringle",
        /// Debt is set to the same share of value once a year.
        MilesEzzell = "miles_ezzell",
    }
}

impl BetaMethod {
    /// The weight k of debt: (1-t) x, x, or x (1 - t kd/(1+kd)).
    #[must_use]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    pub fn weight<N: Number>(self, debt_to_equity: N, tax_rate: N, cost_of_debt: N) -> N {
        match self {
            BetaMethod::Hamada => (-tax_rate + 1.0) * debt_to_equity,
            BetaMethod::HarrisPringle => debt_to_equity,
            BetaMethod::MilesEzzell => debt_to_equity * (-(tax_rate * cost_of_debt / (cost_of_debt + 1.0)) + 1.0),
        }
    }
}

/// Asset beta of a levered one: (beta + debt_beta k) / (1 + k).
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
pub(super) fn unlever<N: Number>(beta: N, debt_beta: N, weight: N) -> N {
    (beta + debt_beta * weight) / (weight + 1.0)
}

/// Levered beta of an asset beta: beta + (beta - debt_beta) k.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
pub(crate) fn relever<N: Number>(beta: N, debt_beta: N, weight: N) -> N {
    beta + (beta - debt_beta) * weight
}

/// Declares the input and engine of one direction.
macro_rules! leverage {
    ($(#[doc = $doc:literal])* $input:ident $name:literal $about:literal $direction:ident) => {
        record! {
            $(#[doc = $doc])*
            pub struct $input<N> {
                /// Beta: of the equity to unlever, of the assets to relever.
                pub beta: N [Domain::NUMBER],
                /// Market value of debt over that of equity.
                pub debt_to_equity: N [Domain::NUMBER.at_least(0.0)],
                /// Tax rate.
                pub tax_rate: N [Domain::TAX_RATE],
                /// Beta of debt.
                pub debt_beta: N [Domain::NUMBER] = 0.0,
                /// Cost of debt, required for miles_ezzell.
                pub cost_of_debt: Option<N> [Domain::RATE],
                /// How debt moves with value.
                pub method: BetaMethod = BetaMethod::default(),
            }
        }

        impl $input {
            /// Computes the other beta.
            pub fn value(&self) -> Result<BetaOutput, Error> {
                value_of(self)
            }
        }

        impl Engine for $input {
            const SPEC: ModelSpec = ModelSpec {
                name: $name,
                about: $about,
                version: "1.0.0",
                primary: "beta",
                feature: "basic_analytics",
            };
            const EXPLAINED: Option<Explained<Self>> = Some(Explained {
                output: "beta",
                lines: |input, output| {
                    let leverage = (input.method, input.debt_to_equity);
                    Ok(effect_of_debt("Beta given", "beta", input.beta, output.beta, leverage))
                },
            });
            type Output = BetaOutput;

            fn rules(&self, problems: &mut Problems) {
                require_cost_of_debt(self.method, self.cost_of_debt, "cost_of_debt", problems);
            }

            fn compute(&self) -> Result<BetaOutput, Error> {
                Ok(BetaOutput { beta: self.other(|number| number) })
            }

            fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
                let slots: $input<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
                ByLanes::boxed(slots, std::mem::take(numbers), &["beta"], outputs)
            }
        }

        impl<S: Copy> $input<S> {
            /// The other beta, of the numbers that `of` tells.
            #[inline(always)]
            fn other<N: Number>(&self, of: impl Fn(S) -> N) -> N {
                let cost_of_debt = self.cost_of_debt.map_or(N::constant(0.0), &of);
                let weight = self.method.weight(of(self.debt_to_equity), of(self.tax_rate), cost_of_debt);
                $direction(of(self.beta), of(self.debt_beta), weight)
            }
        }

        impl Formula for $input<Slot> {
            type Scratch<N: Number> = ();

            fn scratch<N: Number>(&self) {}

            #[inline(always)]
            fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
                outputs[0] = self.other(|slot| slot.of(numbers));
                N::constant(0.0)
            }

            fn error(&self, _: u8, _: &[f64]) -> Error {
                Error::undefined("beta", "the result is not a finite number")
            }
        }
    };
}

record! {
    /// A beta.
    pub struct BetaOutput {
        /// The beta.
        pub beta: f64 [Domain::NUMBER],
    }
}

leverage! {
    /// A levered beta to be freed of the effect of debt.
    UnleverBeta "unlever_beta" "Asset beta of a levered beta" unlever
}
leverage! {
    /// An asset beta to be given the effect of debt.
    ReleverBeta "relever_beta" "Levered beta of an asset beta" relever
}

/// The beta before and what `debt_to_equity` changes of it.
fn effect_of_debt(
    label: &str,
    field: &str,
    before: f64,
    after: f64,
    (method, debt_to_equity): (BetaMethod, f64),
) -> Vec<ExplanationLine> {
    let formula = format!("debt_to_equity {} by {}", figure(debt_to_equity), method.name());
    vec![ExplanationLine::new(label, field, before), ExplanationLine::new("Effect of debt", formula, after - before)]
}

/// Adds a problem when the method needs a cost of debt and there is none.
pub(super) fn require_cost_of_debt(method: BetaMethod, cost: Option<f64>, field: &str, problems: &mut Problems) {
    if method == BetaMethod::MilesEzzell && cost.is_none() {
        problems.missing(field, "required by miles_ezzell: finite number > -1");
    }
}

choice! {
    /// What is taken of the peers' asset betas.
    pub enum PeerStatistic {
        /// The median.
        Median = "median",
        /// The mean.
        Mean = "mean",
    }
}

record! {
    /// A company of the same business.
    pub struct Peer<N> {
        /// Its name.
        pub name: String,
        /// Its levered beta.
        pub beta: N [Domain::NUMBER],
        /// Its market value of debt over that of equity.
        pub debt_to_equity: N [Domain::NUMBER.at_least(0.0)],
        /// Its tax rate.
        pub tax_rate: N [Domain::TAX_RATE],
        /// Beta of its debt.
        pub debt_beta: N [Domain::NUMBER] = 0.0,
        /// Its cost of debt, required for miles_ezzell.
        pub cost_of_debt: Option<N> [Domain::RATE],
    }
}

record! {
    /// Peers whose asset beta is levered again for a target.
    pub struct PeerBeta<N> {
        /// The peers.
        pub peers: Vec<Peer<N>>,
        /// How debt moves with value.
        pub method: BetaMethod = BetaMethod::default(),
        /// What is taken of the peers.
        pub statistic: PeerStatistic = PeerStatistic::default(),
        /// The target's debt over equity.
        pub target_debt_to_equity: N [Domain::NUMBER.at_least(0.0)],
        /// The target's tax rate.
        pub target_tax_rate: N [Domain::TAX_RATE],
        /// Beta of the target's debt.
        pub target_debt_beta: N [Domain::NUMBER] = 0.0,
        /// The target's cost of debt, required for miles_ezzell.
        pub target_cost_of_debt: Option<N> [Domain::RATE],
    }
}

record! {
    /// A beta from peers.
    pub struct PeerBetaOutput {
        /// Asset beta of each peer.
        pub unlevered: Vec<f64>,
        /// Their median or mean.
        pub unlevered_beta: f64 [Domain::NUMBER],
        /// The target's levered beta.
        pub beta: f64 [Domain::NUMBER],
    }
}

impl PeerBeta {
    /// Computes the target's beta.
    pub fn value(&self) -> Result<PeerBetaOutput, Error> {
        value_of(self)
    }
}

impl Engine for PeerBeta {
    const SPEC: ModelSpec = ModelSpec {
        name: "peer_beta",
        about: "Levered beta of a company from its peers",
        version: "1.0.0",
        primary: "beta",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> = Some(Explained {
        output: "beta",
        lines: |input, output| {
            let field = format!("unlevered_beta, {} of {} peers", input.statistic.name(), output.unlevered.len());
            let leverage = (input.method, input.target_debt_to_equity);
            Ok(effect_of_debt("Asset beta of peers", &field, output.unlevered_beta, output.beta, leverage))
        },
    });

    type Output = PeerBetaOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.peers.is_empty() {
            problems.refuse("peers", serde_json::json!([]), "at least one peer");
        }
        for (i, peer) in self.peers.iter().enumerate() {
            require_cost_of_debt(self.method, peer.cost_of_debt, &format!("peers[{i}].cost_of_debt"), problems);
        }
        require_cost_of_debt(self.method, self.target_cost_of_debt, "target_cost_of_debt", problems);
    }

    fn compute(&self) -> Result<PeerBetaOutput, Error> {
        let mut betas = <[Vec<f64>; 2]>::default();
        let (unlevered_beta, beta) = self.betas(|number| number, &mut betas);
        let [unlevered, _] = betas;
        Ok(PeerBetaOutput { unlevered, unlevered_beta, beta })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: PeerBeta<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let each = (0..self.peers.len()).map(|i| format!("unlevered[{i}]"));
        let computed: Vec<_> = ["unlevered_beta", "beta"].map(str::to_owned).into_iter().chain(each).collect();
        ByTrials::boxed(self, slots, std::mem::take(numbers), &computed, outputs)
    }
}

impl<S: Copy> PeerBeta<S> {
    /// The asset beta of the business and the target's levered beta; the asset betas of the peers are left
    /// in the first room, and may be sorted in the second.
    fn betas(&self, of: impl Fn(S) -> f64, [by_peer, sorted]: &mut [Vec<f64>; 2]) -> (f64, f64) {
        let given = |number: Option<S>| number.map_or(0.0, &of);
        let asset_beta = |peer: &Peer<S>| {
            let weight = self.method.weight(of(peer.debt_to_equity), of(peer.tax_rate), given(peer.cost_of_debt));
            unlever(of(peer.beta), of(peer.debt_beta), weight)
        };
        by_peer.clear();
        by_peer.extend(self.peers.iter().map(asset_beta));
        let count = by_peer.len();
        let unlevered_beta = match self.statistic {
            PeerStatistic::Mean => by_peer.iter().sum::<f64>() / count as f64,
            PeerStatistic::Median => {
                sorted.clone_from(by_peer);
                sorted.sort_unstable_by(f64::total_cmp);
                f64::midpoint(sorted[(count - 1) / 2], sorted[count / 2])
            }
        };
        let cost_of_debt = given(self.target_cost_of_debt);
        let weight = self.method.weight(of(self.target_debt_to_equity), of(self.target_tax_rate), cost_of_debt);
        (unlevered_beta, relever(unlevered_beta, of(self.target_debt_beta), weight))
    }
}

impl TrialFormula for PeerBeta<Slot> {
    /// Asset betas of the peers, and the same sorted.
    type Scratch = [Vec<f64>; 2];

    fn scratch(&self) -> [Vec<f64>; 2] {
        [(); 2].map(|()| Vec::with_capacity(self.peers.len()))
    }

    fn evaluate(&self, numbers: &[f64], betas: &mut [Vec<f64>; 2], outputs: &mut [f64]) -> Result<(), u8> {
        let (unlevered_beta, beta) = self.betas(|slot| slot.of(numbers), betas);
        let (both, by_peer) = outputs.split_at_mut(2);
        both.copy_from_slice(&[unlevered_beta, beta]);
        by_peer.copy_from_slice(&betas[0]);
        Ok(())
    }
}
