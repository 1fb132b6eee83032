//! The capital asset pricing model (Sharpe 1964; Lintner 1965), with the adjustments of Blume (1971)
//! and Vasicek (1973) to an estimated beta and premia for size, country and the firm itself. Trials run
//! by lanes.

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Slot, choice, figure, record, value_of,
};
use crate::number::Number;

choice! {
    /// What is done to an estimated beta.
    pub enum BetaAdjustment {
        /// Nothing.
        None = "none",
        /// 2/3 beta + 1/3.
        Blume = "blume",
        /// The mean of estimate and prior, weighted by their precision.
        Vasicek = "vasicek",
    }
}

record! {
    /// What a share's cost of equity follows from.
    pub struct Capm<N> {
        /// Risk-free rate.
        pub risk_free: N [Domain::RATE],
        /// Beta against the market.
        pub beta: N [Domain::NUMBER],
        /// Expected return of the market over the risk-free rate.
        pub equity_risk_premium: N [Domain::FRACTION],
        /// Premium for size.
        pub size_premium: N [Domain::FRACTION] = 0.0,
        /// Premium of this firm.
        pub specific_premium: N [Domain::FRACTION] = 0.0,
        /// Premium of the country.
        pub country_premium: N [Domain::FRACTION] = 0.0,
        /// Loading on the country premium, often called lambda.
        pub country_exposure: N [Domain::NUMBER] = 1.0,
        /// What is done to beta.
        pub beta_adjustment: BetaAdjustment = BetaAdjustment::default(),
        /// Standard error of beta, for vasicek.
        pub beta_se: Option<N> [Domain::NUMBER.above(0.0)],
        /// Beta of the group the firm belongs to, for vasicek.
        pub prior_beta: N [Domain::NUMBER] = 1.0,
        /// Standard deviation of beta in the group, for vasicek.
        pub prior_sd: Option<N> [Domain::NUMBER.above(0.0)],
    }
}

record! {
    /// A cost of equity.
    pub struct CapmOutput {
        /// Beta after adjustment.
        pub beta_used: f64 [Domain::NUMBER],
        /// Cost of equity.
        pub cost_of_equity: f64 [Domain::FRACTION],
    }
}

impl<N: Copy> Capm<N> {
    /// The premia other than the market's: size + specific + exposure x country.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn premia<X: Number>(&self, of: impl Fn(N) -> X) -> X {
        of(self.size_premium) + of(self.country_exposure) * of(self.country_premium) + of(self.specific_premium)
    }
}

/// risk_free + beta x premium of the market + other premia.
#[must_use]
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
pub fn cost_of_equity<N: Number>(risk_free: N, beta: N, equity_risk_premium: N, premia: N) -> N {
    risk_free + beta * equity_risk_premium + premia
}

impl Capm {
    /// The cost of equity.
    pub fn value(&self) -> Result<CapmOutput, Error> {
        value_of(self)
    }

    fn lines(&self, output: &CapmOutput) -> Vec<ExplanationLine> {
        let beta = match self.beta_adjustment {
            BetaAdjustment::None => figure(output.beta_used),
            adjustment => format!("{} ({} of {})", figure(output.beta_used), adjustment.name(), figure(self.beta)),
        };
        let market = format!("beta {beta} x equity_risk_premium {}", figure(self.equity_risk_premium));
        let country = format!(
            "country_exposure {} x country_premium {}",
            figure(self.country_exposure),
            figure(self.country_premium)
        );
        vec![
            ExplanationLine::new("Risk-free rate", "risk_free", self.risk_free),
            ExplanationLine::new("Market risk", market, output.beta_used * self.equity_risk_premium),
            ExplanationLine::new("Size", "size_premium", self.size_premium),
            ExplanationLine::new("Country", country, self.country_exposure * self.country_premium),
            ExplanationLine::new("Firm", "specific_premium", self.specific_premium),
        ]
    }
}

impl<S: Copy> Capm<S> {
    /// Beta after adjustment and cost of equity, of the numbers that `of` tells.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    pub(super) fn cost<N: Number>(&self, beta: N, of: impl Fn(S) -> N) -> (N, N) {
        let beta_used = match (self.beta_adjustment, self.beta_se, self.prior_sd) {
            (BetaAdjustment::Blume, ..) => beta * (2.0 / 3.0) + 1.0 / 3.0,
            (BetaAdjustment::Vasicek, Some(se), Some(sd)) => {
                let precision = |deviation: N| N::constant(1.0) / (deviation * deviation);
                let (own, prior) = (precision(of(se)), precision(of(sd)));
                (beta * own + of(self.prior_beta) * prior) / (own + prior)
            }
            _ => beta,
        };
        let premia = self.premia(&of);
        (beta_used, cost_of_equity(of(self.risk_free), beta_used, of(self.equity_risk_premium), premia))
    }
}

impl Formula for Capm<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let (beta_used, cost_of_equity) = self.cost(self.beta.of(numbers), |slot| slot.of(numbers));
        outputs[0] = beta_used;
        outputs[1] = cost_of_equity;
        N::constant(0.0)
    }

    fn error(&self, _: u8, _: &[f64]) -> Error {
        Error::undefined("cost_of_equity", "the result is not a finite number")
    }
}

impl Engine for Capm {
    const SPEC: ModelSpec = ModelSpec {
        name: "capm",
        about: "Cost of equity by the capital asset pricing model",
        version: "1.0.0",
        primary: "cost_of_equity",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "cost_of_equity", lines: |capm, output| Ok(capm.lines(output)) });

    type Output = CapmOutput;

    fn rules(&self, problems: &mut Problems) {
        self.rules_at("", problems);
    }

    fn compute(&self) -> Result<CapmOutput, Error> {
        let (beta_used, cost_of_equity) = self.cost(self.beta, |number| number);
        Ok(CapmOutput { beta_used, cost_of_equity })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: Capm<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(slots, std::mem::take(numbers), &["beta_used", "cost_of_equity"], outputs)
    }
}

impl<N> Capm<N> {
    /// The rules, with `place` before each field's name.
    pub(super) fn rules_at(&self, place: &str, problems: &mut Problems) {
        if self.beta_adjustment == BetaAdjustment::Vasicek {
            for (name, missing) in [("beta_se", self.beta_se.is_none()), ("prior_sd", self.prior_sd.is_none())] {
                if missing {
                    problems.missing(format!("{place}{name}"), "required by vasicek: finite number > 0");
                }
            }
        }
    }
}
