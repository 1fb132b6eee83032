//! What a discounted cash-flow valuation is told: drivers by stage or explicit flows, the cost of
//! capital, the terminal value, and the way from enterprise value to a share.

use serde_json::{Map, Value, json};

use crate::capital::Wacc;
use crate::model::{Domain, Field, Lower, Place, Problems, Series, choice, record};
use crate::valuation::company::company;
use crate::valuation::stages::Fade;

company! {
    /// Free cash flow to the firm, discounted: enterprise, equity and per-share value.
    pub struct Dcf<N> {
        /// Cost of capital: one rate, one a year, or a wacc object.
        pub wacc: CostOfCapital<N> [Domain::RATE],
    }
    /// Value beyond the forecast.
    terminal: Terminal<N>
}

record! {
    /// Operating drivers of one year.
    pub struct Drivers<N> {
        /// Revenue growth.
        pub growth: Option<N> [Domain::RATE],
        /// Operating profit over revenue.
        pub ebit_margin: Option<N> [Domain::FRACTION.below(1.0)],
        /// Tax rate on operating profit.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Revenue added per unit of capital added.
        pub sales_to_capital: Option<N> [Domain::NUMBER.above(0.0)],
        /// Net working capital over revenue.
        pub nwc_pct: Option<N> [Domain::FRACTION.above(-1.0).below(1.0)],
        /// Depreciation and amortisation over revenue.
        pub da_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Capital expenditure over revenue.
        pub capex_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Reinvestment over after-tax operating profit.
        pub reinvestment_rate: Option<N> [Domain::FRACTION],
    }
}

record! {
    /// Years with the same drivers, or on the way to them.
    pub struct Stage<N> {
        /// Number of years.
        pub years: u32 [Domain::COUNT.at_least(1.0).at_most(200.0)],
        /// Revenue growth.
        pub growth: Option<N> [Domain::RATE],
        /// Operating profit over revenue.
        pub ebit_margin: Option<N> [Domain::FRACTION.below(1.0)],
        /// Tax rate on operating profit.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Revenue added per unit of capital added.
        pub sales_to_capital: Option<N> [Domain::NUMBER.above(0.0)],
        /// Net working capital over revenue.
        pub nwc_pct: Option<N> [Domain::FRACTION.above(-1.0).below(1.0)],
        /// Depreciation and amortisation over revenue.
        pub da_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Capital expenditure over revenue.
        pub capex_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Reinvestment over after-tax operating profit.
        pub reinvestment_rate: Option<N> [Domain::FRACTION],
        /// How the drivers move from the previous stage's to this one's.
        pub fade: Fade = Fade::default(),
    }
}

record! {
    /// Values of a single year in place of those the stages give.
    pub struct Override<N> {
        /// The year, from 1.
        pub year: u32 [Domain::COUNT.at_least(1.0).at_most(200.0)],
        /// Revenue growth.
        pub growth: Option<N> [Domain::RATE],
        /// Operating profit over revenue.
        pub ebit_margin: Option<N> [Domain::FRACTION.below(1.0)],
        /// Tax rate on operating profit.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Revenue added per unit of capital added.
        pub sales_to_capital: Option<N> [Domain::NUMBER.above(0.0)],
        /// Net working capital over revenue.
        pub nwc_pct: Option<N> [Domain::FRACTION.above(-1.0).below(1.0)],
        /// Depreciation and amortisation over revenue.
        pub da_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Capital expenditure over revenue.
        pub capex_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Reinvestment over after-tax operating profit.
        pub reinvestment_rate: Option<N> [Domain::FRACTION],
        /// Revenue.
        pub revenue: Option<N> [Domain::MONEY],
        /// Operating profit.
        pub ebit: Option<N> [Domain::MONEY],
        /// Tax on operating profit.
        pub tax: Option<N> [Domain::MONEY],
        /// Reinvestment in fixed and working capital.
        pub reinvestment: Option<N> [Domain::MONEY],
        /// Free cash flow to the firm.
        pub fcff: Option<N> [Domain::MONEY],
    }
}

macro_rules! drivers_of {
    ($($record:ident),*) => {$(
        impl<N: Copy> $record<N> {
            /// The drivers alone.
            #[must_use]
            pub fn drivers(&self) -> Drivers<N> {
                Drivers {
                    growth: self.growth,
                    ebit_margin: self.ebit_margin,
                    tax_rate: self.tax_rate,
                    sales_to_capital: self.sales_to_capital,
                    nwc_pct: self.nwc_pct,
                    da_pct: self.da_pct,
                    capex_pct: self.capex_pct,
                    reinvestment_rate: self.reinvestment_rate,
                }
            }
        }
    )*};
}
drivers_of!(Stage, Override);

choice! {
    /// How reinvestment follows from the drivers.
    pub enum ReinvestmentBasis {
        /// Revenue growth over the sales-to-capital ratio, plus the change in working capital.
        SalesToFixedCapital = "sales_to_fixed_capital",
        /// Revenue growth over a ratio that contains working capital.
        SalesToInvestedCapital = "sales_to_invested_capital",
        /// Capital expenditure less depreciation, plus the change in working capital.
        CapexDaNwc = "capex_da_nwc",
        /// A share of after-tax operating profit.
        ReinvestmentRate = "reinvestment_rate",
    }
}

record! {
    /// Explicit yearly figures, all of one length: either fcff, or revenue, ebit, da, capex and nwc.
    pub struct Forecast<N> {
        /// Free cash flow to the firm.
        pub fcff: Option<Vec<N>> [Domain::MONEY],
        /// Revenue.
        pub revenue: Option<Vec<N>> [Domain::MONEY],
        /// Operating profit.
        pub ebit: Option<Vec<N>> [Domain::MONEY],
        /// Depreciation and amortisation.
        pub da: Option<Vec<N>> [Domain::MONEY],
        /// Capital expenditure.
        pub capex: Option<Vec<N>> [Domain::MONEY],
        /// Net working capital at the year's end.
        pub nwc: Option<Vec<N>> [Domain::MONEY],
        /// After-tax operating profit.
        pub nopat: Option<Vec<N>> [Domain::MONEY],
    }
}

choice! {
    /// How the value beyond the forecast is found.
    pub enum TerminalMethod {
        /// F+ / (w - g) (Gordon and Shapiro 1956).
        Gordon = "gordon",
        /// NOPAT+ (1 - g / ronic) / (w - g) (Koller, Goedhart and Wessels, "Valuation").
        ValueDriver = "value_driver",
        /// A multiple of a year's metric.
        ExitMultiple = "exit_multiple",
        /// F0 ((1 + g) + half_life (growth_initial - g)) / (w - g) (Fuller and Hsia 1984).
        HModel = "h_model",
        /// Assets sold, less costs.
        Liquidation = "liquidation",
        /// A weighted sum of other methods.
        Blend = "blend",
        /// Nothing.
        None = "none",
    }
}

choice! {
    /// The metric an exit multiple applies to.
    pub enum Metric {
        /// Operating profit before depreciation and amortisation.
        Ebitda = "ebitda",
        /// Operating profit.
        Ebit = "ebit",
        /// Revenue.
        Revenue = "revenue",
        /// Free cash flow to the firm.
        Fcff = "fcff",
        /// After-tax operating profit.
        Nopat = "nopat",
    }
}

choice! {
    /// The year an exit multiple applies to.
    pub enum MetricBasis {
        /// The last forecast year.
        Ltm = "ltm",
        /// The year after it.
        Ntm = "ntm",
    }
}

record! {
    /// Value beyond the forecast.
    pub struct Terminal<N> {
        /// How it is found.
        pub method: TerminalMethod,
        /// Growth for ever.
        pub growth: Option<N> [Domain::RATE],
        /// Cost of capital beyond the forecast; the last year's by default.
        pub wacc: Option<N> [Domain::RATE],
        /// What wacc less growth must exceed.
        pub min_spread: N [Domain::FRACTION.at_least(0.0)] = 0.0,
        /// Whether the terminal flow reinvests what its growth needs; true with stages, false with a forecast.
        pub normalize: Option<bool>,
        /// The flow of the first terminal year, instead of deriving it.
        pub fcff_next: Option<N> [Domain::MONEY],
        /// Operating margin beyond the forecast.
        pub ebit_margin: Option<N> [Domain::FRACTION.below(1.0)],
        /// Tax rate beyond the forecast.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Sales-to-capital ratio beyond the forecast.
        pub sales_to_capital: Option<N> [Domain::NUMBER.above(0.0)],
        /// Working-capital ratio beyond the forecast.
        pub nwc_pct: Option<N> [Domain::FRACTION.above(-1.0).below(1.0)],
        /// Depreciation over revenue beyond the forecast.
        pub da_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Capital expenditure over revenue beyond the forecast.
        pub capex_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Return on new capital; the terminal cost of capital by default.
        pub ronic: Option<N> [Domain::FRACTION.nonzero()],
        /// What the multiple applies to.
        pub metric: Metric = Metric::default(),
        /// Which year's metric.
        pub metric_basis: MetricBasis = MetricBasis::default(),
        /// The exit multiple.
        pub multiple: Option<N> [Domain::NUMBER.above(0.0)],
        /// Growth at the start of the fade; that of the last year by default.
        pub growth_initial: Option<N> [Domain::RATE],
        /// Half of the fade's length.
        pub half_life: Option<N> [Domain::YEARS.at_least(0.0)],
        /// Assets to be sold; invested capital of the last year by default.
        pub asset_value: Option<N> [Domain::MONEY],
        /// Share of their value that assets fetch.
        pub recovery_rate: N [Domain::FRACTION.at_least(0.0).at_most(2.0)] = 1.0,
        /// Costs of the sale.
        pub costs: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// The methods blended.
        pub components: Components<N> = Components(Vec::new()),
        /// Weight of this method in a blend.
        pub weight: Option<N> [Domain::FRACTION.at_least(0.0)],
    }
}

/// Rates given, or what one rate for all years follows from.
#[derive(Clone, Debug, PartialEq)]
pub enum CostOfCapital<N = f64> {
    /// One rate, or one a year.
    Rates(Series<N>),
    /// What the rate follows from; its weights may follow from the value of the firm.
    Wacc(Box<Wacc<N>>),
}

impl From<f64> for CostOfCapital {
    fn from(rate: f64) -> Self {
        CostOfCapital::Rates(rate.into())
    }
}

impl From<Vec<f64>> for CostOfCapital {
    fn from(rates: Vec<f64>) -> Self {
        CostOfCapital::Rates(rates.into())
    }
}

impl Field for CostOfCapital {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if value.is_object() {
            Wacc::read(value, at, problems).map(|wacc| CostOfCapital::Wacc(Box::new(wacc)))
        } else {
            Series::read(value, at, problems).map(CostOfCapital::Rates)
        }
    }
    fn placeholder() -> Self {
        CostOfCapital::Rates(Series::placeholder())
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        match self {
            CostOfCapital::Rates(rates) => rates.check(at, problems),
            CostOfCapital::Wacc(wacc) => wacc.check(at, problems),
        }
    }
    fn write(&self) -> Value {
        match self {
            CostOfCapital::Rates(rates) => rates.write(),
            CostOfCapital::Wacc(wacc) => wacc.write(),
        }
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        match self {
            CostOfCapital::Rates(rates) => rates.numbers(at, visit),
            CostOfCapital::Wacc(wacc) => wacc.numbers(at, visit),
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        let choices = json!([f64::schema(domain), Vec::<f64>::schema(domain), Wacc::schema(domain)]);
        Map::from_iter([("anyOf".to_owned(), choices)])
    }
}

impl<M> Lower<M> for CostOfCapital {
    type Out = CostOfCapital<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> CostOfCapital<M> {
        match self {
            CostOfCapital::Rates(rates) => CostOfCapital::Rates(rates.lower(at, exchange)),
            CostOfCapital::Wacc(wacc) => CostOfCapital::Wacc(wacc.lower(at, exchange)),
        }
    }
}

/// The methods of a blend: terminal objects, each with its weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Components<N = f64>(pub Vec<Terminal<N>>);

impl Field for Components {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        Vec::read(value, at, problems).map(Self)
    }
    fn placeholder() -> Self {
        Self(Vec::new())
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        self.0.check(at, problems);
    }
    fn write(&self) -> Value {
        self.0.write()
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        self.0.numbers(at, visit);
    }
    // A blend holds terminal objects, which hold blends: the schema stops at the first level.
    fn schema(_: &Domain) -> Map<String, Value> {
        Map::from_iter([
            ("type".to_owned(), "array".into()),
            ("items".to_owned(), json!({"type": "object", "description": "a terminal object with its weight"})),
        ])
    }
}

impl<M> Lower<M> for Components {
    type Out = Components<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> Components<M> {
        Components(self.0.lower(at, exchange))
    }
}

record! {
    /// An amount with its name.
    pub struct NamedAmount<N> {
        /// What it is.
        pub name: String,
        /// The amount.
        pub amount: N [Domain::MONEY],
    }
}

record! {
    /// From enterprise to equity value; amounts are positive in their own nature.
    pub struct Bridge<N> {
        /// Debt less cash; instead of debt and cash.
        pub net_debt: Option<N> [Domain::MONEY],
        /// Interest-bearing debt.
        pub debt: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Cash and what is as good as cash.
        pub cash: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Lease liabilities.
        pub leases: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Pension deficit.
        pub pension_deficit: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Preferred shares.
        pub preferred: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Minority interests.
        pub minority_interest: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Stakes in associates.
        pub associates: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Other assets not needed for operations.
        pub non_operating_assets: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Further claims, subtracted.
        pub other_claims: Vec<NamedAmount<N>> = Vec::new(),
        /// Further assets, added.
        pub other_assets: Vec<NamedAmount<N>> = Vec::new(),
    }
}

record! {
    /// A number of options with one strike.
    pub struct ShareOption<N> {
        /// How many.
        pub count: N [Domain::SHARES.at_least(0.0)],
        /// Strike price.
        pub strike: N [Domain::MONEY.at_least(0.0)],
    }
}

record! {
    /// Convertible debt, exchanged for shares when they are worth more than the principal.
    pub struct Convertible<N> {
        /// Amount owed.
        pub principal: N [Domain::MONEY.at_least(0.0)],
        /// Shares it converts into.
        pub shares: N [Domain::SHARES.above(0.0)],
    }
}
