// Written by `cargo xtask generate`; edit the core instead.

import type { Engine, NumberArray } from "./engine.js";

/** Net present value of flows one period apart. */
export interface NpvInputs {
  /** Discount rate per period. */
  rate: number;
  /** Flows in order; positive is received. */
  cashflows: NumberArray;
  /** Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it. Default: 0. */
  firstPeriod?: number | undefined;
}

/** A present value. */
export interface NpvResult {
  /** Net present value. */
  readonly npv: number;
}

/** Net present value of equally spaced cash flows */
export class Npv extends Engine<NpvInputs, NpvResult> {
  static readonly model: "npv";
  constructor(inputs: NpvInputs);
}

/** Net present value of dated flows. */
export interface XnpvInputs {
  /** Discount rate per year. */
  rate: number;
  /** Flows; positive is received. */
  cashflows: NumberArray;
  /** Their dates; the value is at the first element's, earlier ones are compounded. */
  dates: ReadonlyArray<string | Date>;
  /** Convention that counts years. Default: "act/365f". */
  dayCount?: "act/365f" | "act/360" | "act/act_isda" | "30/360" | "30e/360" | undefined;
}

/** A present value. */
export interface XnpvResult {
  /** Net present value. */
  readonly npv: number;
}

/** Net present value of dated cash flows */
export class Xnpv extends Engine<XnpvInputs, XnpvResult> {
  static readonly model: "xnpv";
  constructor(inputs: XnpvInputs);
}

/** Flows one period apart, whose internal rates of return are sought. */
export interface IrrInputs {
  /** Flows in order; positive is received. */
  cashflows: NumberArray;
  /** Of several roots the nearest to this is meant. Default: 0.1. */
  guess?: number | undefined;
  /** Low end of the range. Default: -0.999999. */
  lower?: number | undefined;
  /** High end of the range. Default: 1000000.0. */
  upper?: number | undefined;
}

/** Internal rates of return. */
export interface IrrResult {
  /** The root nearest to the guess. */
  readonly irr: number;
  /** All roots in the range, ascending. */
  readonly roots: Array<number>;
  /** Whether there is more than one. */
  readonly multiple: boolean;
  /** Changes of sign in the flows, in order of time. */
  readonly signChanges: number;
}

/** Internal rates of return of equally spaced cash flows */
export class Irr extends Engine<IrrInputs, IrrResult> {
  static readonly model: "irr";
  constructor(inputs: IrrInputs);
}

/** Dated flows, whose internal rates of return are sought. */
export interface XirrInputs {
  /** Flows; positive is received. */
  cashflows: NumberArray;
  /** Their dates. */
  dates: ReadonlyArray<string | Date>;
  /** Convention that counts years. Default: "act/365f". */
  dayCount?: "act/365f" | "act/360" | "act/act_isda" | "30/360" | "30e/360" | undefined;
  /** Of several roots the nearest to this is meant. Default: 0.1. */
  guess?: number | undefined;
  /** Low end of the range. Default: -0.999999. */
  lower?: number | undefined;
  /** High end of the range. Default: 1000000.0. */
  upper?: number | undefined;
}

/** Internal rates of return. */
export interface XirrResult {
  /** The root nearest to the guess. */
  readonly irr: number;
  /** All roots in the range, ascending. */
  readonly roots: Array<number>;
  /** Whether there is more than one. */
  readonly multiple: boolean;
  /** Changes of sign in the flows, in order of time. */
  readonly signChanges: number;
}

/** Internal rates of return of dated cash flows */
export class Xirr extends Engine<XirrInputs, XirrResult> {
  static readonly model: "xirr";
  constructor(inputs: XirrInputs);
}

/** Flows with a rate for what is paid and one for what is received. */
export interface MirrInputs {
  /** Flows one period apart. */
  cashflows: NumberArray;
  /** Rate at which payments are financed. */
  financeRate: number;
  /** Rate at which receipts are reinvested. */
  reinvestRate: number;
}

/** The modified internal rate of return. */
export interface MirrResult {
  /** (FV / PV)^(1/n) - 1. */
  readonly mirr: number;
}

/** Modified internal rate of return */
export class Mirr extends Engine<MirrInputs, MirrResult> {
  static readonly model: "mirr";
  constructor(inputs: MirrInputs);
}

/** The payment of an annuity. */
export interface PmtInputs {
  /** Rate per period. */
  rate: number;
  /** Number of periods. */
  nper: number;
  /** Present value. */
  pv: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Payment of an annuity */
export interface PmtResult {
  /** Payment of an annuity */
  readonly pmt: number;
}

/** Payment of an annuity */
export class Pmt extends Engine<PmtInputs, PmtResult> {
  static readonly model: "pmt";
  constructor(inputs: PmtInputs);
}

/** The present value of an annuity. */
export interface PvInputs {
  /** Rate per period. */
  rate: number;
  /** Number of periods. */
  nper: number;
  /** Payment each period. */
  pmt: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Present value of an annuity */
export interface PvResult {
  /** Present value of an annuity */
  readonly pv: number;
}

/** Present value of an annuity */
export class Pv extends Engine<PvInputs, PvResult> {
  static readonly model: "pv";
  constructor(inputs: PvInputs);
}

/** The future value of an annuity. */
export interface FvInputs {
  /** Rate per period. */
  rate: number;
  /** Number of periods. */
  nper: number;
  /** Payment each period. */
  pmt: number;
  /** Present value. Default: 0.0. */
  pv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Future value of an annuity */
export interface FvResult {
  /** Future value of an annuity */
  readonly fv: number;
}

/** Future value of an annuity */
export class Fv extends Engine<FvInputs, FvResult> {
  static readonly model: "fv";
  constructor(inputs: FvInputs);
}

/** The number of periods of an annuity, which may be fractional. */
export interface NperInputs {
  /** Rate per period. */
  rate: number;
  /** Payment each period. */
  pmt: number;
  /** Present value. */
  pv: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Number of periods of an annuity */
export interface NperResult {
  /** Number of periods of an annuity */
  readonly nper: number;
}

/** Number of periods of an annuity */
export class Nper extends Engine<NperInputs, NperResult> {
  static readonly model: "nper";
  constructor(inputs: NperInputs);
}

/** The rate of an annuity. */
export interface RateInputs {
  /** Number of periods. */
  nper: number;
  /** Payment each period. */
  pmt: number;
  /** Present value. */
  pv: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
  /** Of several rates the nearest to this is meant. Default: 0.1. */
  guess?: number | undefined;
}

/** Rate per period of an annuity */
export interface RateResult {
  /** Rate per period of an annuity */
  readonly rate: number;
}

/** Rate per period of an annuity */
export class Rate extends Engine<RateInputs, RateResult> {
  static readonly model: "rate";
  constructor(inputs: RateInputs);
}

/** The interest part of one payment. */
export interface IpmtInputs {
  /** Rate per period. */
  rate: number;
  /** The period, from 1. */
  period: number;
  /** Number of periods. */
  nper: number;
  /** Present value. */
  pv: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Interest part of one payment of an annuity */
export interface IpmtResult {
  /** Interest part of one payment of an annuity */
  readonly ipmt: number;
}

/** Interest part of one payment of an annuity */
export class Ipmt extends Engine<IpmtInputs, IpmtResult> {
  static readonly model: "ipmt";
  constructor(inputs: IpmtInputs);
}

/** The principal part of one payment. */
export interface PpmtInputs {
  /** Rate per period. */
  rate: number;
  /** The period, from 1. */
  period: number;
  /** Number of periods. */
  nper: number;
  /** Present value. */
  pv: number;
  /** Future value. Default: 0.0. */
  fv?: number | undefined;
  /** When payments are due. Default: "end". */
  due?: "end" | "begin" | undefined;
}

/** Principal part of one payment of an annuity */
export interface PpmtResult {
  /** Principal part of one payment of an annuity */
  readonly ppmt: number;
}

/** Principal part of one payment of an annuity */
export class Ppmt extends Engine<PpmtInputs, PpmtResult> {
  static readonly model: "ppmt";
  constructor(inputs: PpmtInputs);
}

/** Two dates and the convention that counts the years between them. */
export interface YearFractionInputs {
  /** First date. */
  start: string | Date;
  /** Second date; earlier than the first gives a negative number. */
  end: string | Date;
  /** The convention. Default: "act/365f". */
  dayCount?: "act/365f" | "act/360" | "act/act_isda" | "30/360" | "30e/360" | undefined;
}

/** Years between two dates. */
export interface YearFractionResult {
  /** The years. */
  readonly years: number;
}

/** Years between two dates by a day-count convention */
export class YearFraction extends Engine<YearFractionInputs, YearFractionResult> {
  static readonly model: "year_fraction";
  constructor(inputs: YearFractionInputs);
}

/** A rate to be stated under another compounding. */
export interface ConvertRateInputs {
  /** The rate. */
  rate: number;
  /** Its compounding. */
  fromCompounding: "annual" | "semiannual" | "quarterly" | "monthly" | "daily" | "continuous";
  /** The compounding wanted. */
  toCompounding: "annual" | "semiannual" | "quarterly" | "monthly" | "daily" | "continuous";
}

/** A rate. */
export interface ConvertRateResult {
  /** The rate that gives the same growth in a year. */
  readonly rate: number;
}

/** A rate under another compounding, with the same growth in a year */
export class ConvertRate extends Engine<ConvertRateInputs, ConvertRateResult> {
  static readonly model: "convert_rate";
  constructor(inputs: ConvertRateInputs);
}

/** Flows whose payback is sought. */
export interface PaybackInputs {
  /** Flows one period apart, the first now. */
  cashflows: NumberArray;
  /** Discount rate; 0 for the plain payback. Default: 0.0. */
  rate?: number | undefined;
}

/** Time until the flows have paid back. */
export interface PaybackResult {
  /** Years, linear inside the year of crossing; null if they never do. */
  readonly years: number | null;
}

/** Years until discounted flows have paid back */
export class Payback extends Engine<PaybackInputs, PaybackResult> {
  static readonly model: "payback";
  constructor(inputs: PaybackInputs);
}

/** What a share's cost of equity follows from. */
export interface CapmInputs {
  /** Risk-free rate. */
  riskFree: number;
  /** Beta against the market. */
  beta: number;
  /** Expected return of the market over the risk-free rate. */
  equityRiskPremium: number;
  /** Premium for size. Default: 0.0. */
  sizePremium?: number | undefined;
  /** Premium of this firm. Default: 0.0. */
  specificPremium?: number | undefined;
  /** Premium of the country. Default: 0.0. */
  countryPremium?: number | undefined;
  /** Loading on the country premium, often called lambda. Default: 1.0. */
  countryExposure?: number | undefined;
  /** What is done to beta. Default: "none". */
  betaAdjustment?: "none" | "blume" | "vasicek" | undefined;
  /** Standard error of beta, for vasicek. */
  betaSe?: number | null | undefined;
  /** Beta of the group the firm belongs to, for vasicek. Default: 1.0. */
  priorBeta?: number | undefined;
  /** Standard deviation of beta in the group, for vasicek. */
  priorSd?: number | null | undefined;
}

/** A cost of equity. */
export interface CapmResult {
  /** Beta after adjustment. */
  readonly betaUsed: number;
  /** Cost of equity. */
  readonly costOfEquity: number;
}

/** Cost of equity by the capital asset pricing model */
export class Capm extends Engine<CapmInputs, CapmResult> {
  static readonly model: "capm";
  constructor(inputs: CapmInputs);
}

/** A levered beta to be freed of the effect of debt. */
export interface UnleverBetaInputs {
  /** Beta: of the equity to unlever, of the assets to relever. */
  beta: number;
  /** Market value of debt over that of equity. */
  debtToEquity: number;
  /** Tax rate. */
  taxRate: number;
  /** Beta of debt. Default: 0.0. */
  debtBeta?: number | undefined;
  /** Cost of debt, required for miles_ezzell. */
  costOfDebt?: number | null | undefined;
  /** How debt moves with value. Default: "hamada". */
  method?: "hamada" | "harris_pringle" | "miles_ezzell" | undefined;
}

/** A beta. */
export interface UnleverBetaResult {
  /** The beta. */
  readonly beta: number;
}

/** Asset beta of a levered beta */
export class UnleverBeta extends Engine<UnleverBetaInputs, UnleverBetaResult> {
  static readonly model: "unlever_beta";
  constructor(inputs: UnleverBetaInputs);
}

/** An asset beta to be given the effect of debt. */
export interface ReleverBetaInputs {
  /** Beta: of the equity to unlever, of the assets to relever. */
  beta: number;
  /** Market value of debt over that of equity. */
  debtToEquity: number;
  /** Tax rate. */
  taxRate: number;
  /** Beta of debt. Default: 0.0. */
  debtBeta?: number | undefined;
  /** Cost of debt, required for miles_ezzell. */
  costOfDebt?: number | null | undefined;
  /** How debt moves with value. Default: "hamada". */
  method?: "hamada" | "harris_pringle" | "miles_ezzell" | undefined;
}

/** A beta. */
export interface ReleverBetaResult {
  /** The beta. */
  readonly beta: number;
}

/** Levered beta of an asset beta */
export class ReleverBeta extends Engine<ReleverBetaInputs, ReleverBetaResult> {
  static readonly model: "relever_beta";
  constructor(inputs: ReleverBetaInputs);
}

/** A company of the same business. */
export interface PeerBetaInputsPeers {
  /** Its name. */
  name: string;
  /** Its levered beta. */
  beta: number;
  /** Its market value of debt over that of equity. */
  debtToEquity: number;
  /** Its tax rate. */
  taxRate: number;
  /** Beta of its debt. Default: 0.0. */
  debtBeta?: number | undefined;
  /** Its cost of debt, required for miles_ezzell. */
  costOfDebt?: number | null | undefined;
}

/** Peers whose asset beta is levered again for a target. */
export interface PeerBetaInputs {
  /** The peers. */
  peers: ReadonlyArray<PeerBetaInputsPeers>;
  /** How debt moves with value. Default: "hamada". */
  method?: "hamada" | "harris_pringle" | "miles_ezzell" | undefined;
  /** What is taken of the peers. Default: "median". */
  statistic?: "median" | "mean" | undefined;
  /** The target's debt over equity. */
  targetDebtToEquity: number;
  /** The target's tax rate. */
  targetTaxRate: number;
  /** Beta of the target's debt. Default: 0.0. */
  targetDebtBeta?: number | undefined;
  /** The target's cost of debt, required for miles_ezzell. */
  targetCostOfDebt?: number | null | undefined;
}

/** A beta from peers. */
export interface PeerBetaResult {
  /** Asset beta of each peer. */
  readonly unlevered: Array<number>;
  /** Their median or mean. */
  readonly unleveredBeta: number;
  /** The target's levered beta. */
  readonly beta: number;
}

/** Levered beta of a company from its peers */
export class PeerBeta extends Engine<PeerBetaInputs, PeerBetaResult> {
  static readonly model: "peer_beta";
  constructor(inputs: PeerBetaInputs);
}

/** One row of the table. */
export interface SyntheticRatingInputsTable {
  /** Least interest cover for this rating. */
  minCover: number;
  /** The rating. */
  rating: string;
  /** Its spread over the risk-free rate. */
  spread: number;
}

/** An interest cover and the table to read it by. */
export interface SyntheticRatingInputs {
  /** Operating profit over interest. */
  interestCover: number;
  /** The ratings, by falling cover. */
  table: ReadonlyArray<SyntheticRatingInputsTable>;
}

/** A rating. */
export interface SyntheticRatingResult {
  /** The rating. */
  readonly rating: string;
  /** Its spread. */
  readonly spread: number;
}

/** Rating and credit spread from interest cover */
export class SyntheticRating extends Engine<SyntheticRatingInputs, SyntheticRatingResult> {
  static readonly model: "synthetic_rating";
  constructor(inputs: SyntheticRatingInputs);
}

/** What a share's cost of equity follows from. */
export interface WaccInputsCostOfEquity {
  /** Risk-free rate. */
  riskFree: number;
  /** Beta against the market. */
  beta: number;
  /** Expected return of the market over the risk-free rate. */
  equityRiskPremium: number;
  /** Premium for size. Default: 0.0. */
  sizePremium?: number | undefined;
  /** Premium of this firm. Default: 0.0. */
  specificPremium?: number | undefined;
  /** Premium of the country. Default: 0.0. */
  countryPremium?: number | undefined;
  /** Loading on the country premium, often called lambda. Default: 1.0. */
  countryExposure?: number | undefined;
  /** What is done to beta. Default: "none". */
  betaAdjustment?: "none" | "blume" | "vasicek" | undefined;
  /** Standard error of beta, for vasicek. */
  betaSe?: number | null | undefined;
  /** Beta of the group the firm belongs to, for vasicek. Default: 1.0. */
  priorBeta?: number | undefined;
  /** Standard deviation of beta in the group, for vasicek. */
  priorSd?: number | null | undefined;
}

/** What a weighted average cost of capital follows from. */
export interface WaccInputs {
  /** Cost of equity: a rate, or a capm object. */
  costOfEquity: number | WaccInputsCostOfEquity;
  /** Cost of debt before tax; required when debt has a weight. */
  costOfDebt?: number | null | undefined;
  /** Cost of preferred shares; required when they have a weight. */
  costOfPreferred?: number | null | undefined;
  /** Tax rate. */
  taxRate: number;
  /** Market value of equity. */
  equityValue?: number | null | undefined;
  /** Market value of debt. */
  debtValue?: number | null | undefined;
  /** Market value of preferred shares. */
  preferredValue?: number | null | undefined;
  /** Target weight of debt, instead of the values. */
  debtWeight?: number | null | undefined;
  /** Target weight of preferred shares, instead of the values. */
  preferredWeight?: number | null | undefined;
  /** Where the weights come from; by the fields present. */
  weights?: "values" | "target" | "iterated" | null | undefined;
  /** Asset beta, relevered at the weights in use; cost_of_equity must be a capm object. */
  unleveredBeta?: number | null | undefined;
  /** How it is relevered. Default: "hamada". */
  betaMethod?: "hamada" | "harris_pringle" | "miles_ezzell" | undefined;
  /** Beta of debt. */
  debtBeta?: number | null | undefined;
}

/** A weighted average cost of capital. */
export interface WaccResult {
  /** we ke + wd kd (1 - t) + wp kp. */
  readonly wacc: number;
  /** Cost of equity used. */
  readonly costOfEquity: number;
  /** Beta used; null when the cost of equity was given as a rate. */
  readonly beta: number | null;
  /** Weight of equity. */
  readonly equityWeight: number;
  /** Weight of debt. */
  readonly debtWeight: number;
  /** Weight of preferred shares. */
  readonly preferredWeight: number;
  /** Rounds of the iteration of weights; 0 where there was none. */
  readonly iterations: number;
}

/** Weighted average cost of capital */
export class Wacc extends Engine<WaccInputs, WaccResult> {
  static readonly model: "wacc";
  constructor(inputs: WaccInputs);
}

/** Driver values of year 0, from which the first stage fades. */
export interface DcfInputsBase {
  /** Revenue growth. */
  growth?: number | null | undefined;
  /** Operating profit over revenue. */
  ebitMargin?: number | null | undefined;
  /** Tax rate on operating profit. */
  taxRate?: number | null | undefined;
  /** Revenue added per unit of capital added. */
  salesToCapital?: number | null | undefined;
  /** Net working capital over revenue. */
  nwcPct?: number | null | undefined;
  /** Depreciation and amortisation over revenue. */
  daPct?: number | null | undefined;
  /** Capital expenditure over revenue. */
  capexPct?: number | null | undefined;
  /** Reinvestment over after-tax operating profit. */
  reinvestmentRate?: number | null | undefined;
}

/** Years with the same drivers, or on the way to them. */
export interface DcfInputsStages {
  /** Number of years. */
  years: number;
  /** Revenue growth. */
  growth?: number | null | undefined;
  /** Operating profit over revenue. */
  ebitMargin?: number | null | undefined;
  /** Tax rate on operating profit. */
  taxRate?: number | null | undefined;
  /** Revenue added per unit of capital added. */
  salesToCapital?: number | null | undefined;
  /** Net working capital over revenue. */
  nwcPct?: number | null | undefined;
  /** Depreciation and amortisation over revenue. */
  daPct?: number | null | undefined;
  /** Capital expenditure over revenue. */
  capexPct?: number | null | undefined;
  /** Reinvestment over after-tax operating profit. */
  reinvestmentRate?: number | null | undefined;
  /** How the drivers move from the previous stage's to this one's. Default: "step". */
  fade?: "step" | "linear" | "s_curve" | undefined;
}

/** Values of a single year in place of those the stages give. */
export interface DcfInputsOverrides {
  /** The year, from 1. */
  year: number;
  /** Revenue growth. */
  growth?: number | null | undefined;
  /** Operating profit over revenue. */
  ebitMargin?: number | null | undefined;
  /** Tax rate on operating profit. */
  taxRate?: number | null | undefined;
  /** Revenue added per unit of capital added. */
  salesToCapital?: number | null | undefined;
  /** Net working capital over revenue. */
  nwcPct?: number | null | undefined;
  /** Depreciation and amortisation over revenue. */
  daPct?: number | null | undefined;
  /** Capital expenditure over revenue. */
  capexPct?: number | null | undefined;
  /** Reinvestment over after-tax operating profit. */
  reinvestmentRate?: number | null | undefined;
  /** Revenue. */
  revenue?: number | null | undefined;
  /** Operating profit. */
  ebit?: number | null | undefined;
  /** Tax on operating profit. */
  tax?: number | null | undefined;
  /** Reinvestment in fixed and working capital. */
  reinvestment?: number | null | undefined;
  /** Free cash flow to the firm. */
  fcff?: number | null | undefined;
}

/** Explicit yearly figures instead of stages. */
export interface DcfInputsForecast {
  /** Free cash flow to the firm. */
  fcff?: NumberArray | null | undefined;
  /** Revenue. */
  revenue?: NumberArray | null | undefined;
  /** Operating profit. */
  ebit?: NumberArray | null | undefined;
  /** Depreciation and amortisation. */
  da?: NumberArray | null | undefined;
  /** Capital expenditure. */
  capex?: NumberArray | null | undefined;
  /** Net working capital at the year's end. */
  nwc?: NumberArray | null | undefined;
  /** After-tax operating profit. */
  nopat?: NumberArray | null | undefined;
}

/** Carry-forward of tax losses; null for none. */
export interface DcfInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** What a share's cost of equity follows from. */
export interface DcfInputsWaccCostOfEquity {
  /** Risk-free rate. */
  riskFree: number;
  /** Beta against the market. */
  beta: number;
  /** Expected return of the market over the risk-free rate. */
  equityRiskPremium: number;
  /** Premium for size. Default: 0.0. */
  sizePremium?: number | undefined;
  /** Premium of this firm. Default: 0.0. */
  specificPremium?: number | undefined;
  /** Premium of the country. Default: 0.0. */
  countryPremium?: number | undefined;
  /** Loading on the country premium, often called lambda. Default: 1.0. */
  countryExposure?: number | undefined;
  /** What is done to beta. Default: "none". */
  betaAdjustment?: "none" | "blume" | "vasicek" | undefined;
  /** Standard error of beta, for vasicek. */
  betaSe?: number | null | undefined;
  /** Beta of the group the firm belongs to, for vasicek. Default: 1.0. */
  priorBeta?: number | undefined;
  /** Standard deviation of beta in the group, for vasicek. */
  priorSd?: number | null | undefined;
}

/** What a weighted average cost of capital follows from. */
export interface DcfInputsWacc {
  /** Cost of equity: a rate, or a capm object. */
  costOfEquity: number | DcfInputsWaccCostOfEquity;
  /** Cost of debt before tax; required when debt has a weight. */
  costOfDebt?: number | null | undefined;
  /** Cost of preferred shares; required when they have a weight. */
  costOfPreferred?: number | null | undefined;
  /** Tax rate. */
  taxRate: number;
  /** Market value of equity. */
  equityValue?: number | null | undefined;
  /** Market value of debt. */
  debtValue?: number | null | undefined;
  /** Market value of preferred shares. */
  preferredValue?: number | null | undefined;
  /** Target weight of debt, instead of the values. */
  debtWeight?: number | null | undefined;
  /** Target weight of preferred shares, instead of the values. */
  preferredWeight?: number | null | undefined;
  /** Where the weights come from; by the fields present. */
  weights?: "values" | "target" | "iterated" | null | undefined;
  /** Asset beta, relevered at the weights in use; cost_of_equity must be a capm object. */
  unleveredBeta?: number | null | undefined;
  /** How it is relevered. Default: "hamada". */
  betaMethod?: "hamada" | "harris_pringle" | "miles_ezzell" | undefined;
  /** Beta of debt. */
  debtBeta?: number | null | undefined;
}

/** Value beyond the forecast. */
export interface DcfInputsTerminal {
  /** How it is found. */
  method: "gordon" | "value_driver" | "exit_multiple" | "h_model" | "liquidation" | "blend" | "none";
  /** Growth for ever. */
  growth?: number | null | undefined;
  /** Cost of capital beyond the forecast; the last year's by default. */
  wacc?: number | null | undefined;
  /** What wacc less growth must exceed. Default: 0.0. */
  minSpread?: number | undefined;
  /** Whether the terminal flow reinvests what its growth needs; true with stages, false with a forecast. */
  normalize?: boolean | null | undefined;
  /** The flow of the first terminal year, instead of deriving it. */
  fcffNext?: number | null | undefined;
  /** Operating margin beyond the forecast. */
  ebitMargin?: number | null | undefined;
  /** Tax rate beyond the forecast. */
  taxRate?: number | null | undefined;
  /** Sales-to-capital ratio beyond the forecast. */
  salesToCapital?: number | null | undefined;
  /** Working-capital ratio beyond the forecast. */
  nwcPct?: number | null | undefined;
  /** Depreciation over revenue beyond the forecast. */
  daPct?: number | null | undefined;
  /** Capital expenditure over revenue beyond the forecast. */
  capexPct?: number | null | undefined;
  /** Return on new capital; the terminal cost of capital by default. */
  ronic?: number | null | undefined;
  /** What the multiple applies to. Default: "ebitda". */
  metric?: "ebitda" | "ebit" | "revenue" | "fcff" | "nopat" | undefined;
  /** Which year's metric. Default: "ltm". */
  metricBasis?: "ltm" | "ntm" | undefined;
  /** The exit multiple. */
  multiple?: number | null | undefined;
  /** Growth at the start of the fade; that of the last year by default. */
  growthInitial?: number | null | undefined;
  /** Half of the fade's length. */
  halfLife?: number | null | undefined;
  /** Assets to be sold; invested capital of the last year by default. */
  assetValue?: number | null | undefined;
  /** Share of their value that assets fetch. Default: 1.0. */
  recoveryRate?: number | undefined;
  /** Costs of the sale. Default: 0.0. */
  costs?: number | undefined;
  /** The methods blended. Default: []. */
  components?: ReadonlyArray<Record<string, unknown>> | undefined;
  /** Weight of this method in a blend. */
  weight?: number | null | undefined;
}

/** An amount with its name. */
export interface DcfInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface DcfInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface DcfInputsBridge {
  /** Debt less cash; instead of debt and cash. */
  netDebt?: number | null | undefined;
  /** Interest-bearing debt. */
  debt?: number | null | undefined;
  /** Cash and what is as good as cash. */
  cash?: number | null | undefined;
  /** Lease liabilities. Default: 0.0. */
  leases?: number | undefined;
  /** Pension deficit. Default: 0.0. */
  pensionDeficit?: number | undefined;
  /** Preferred shares. Default: 0.0. */
  preferred?: number | undefined;
  /** Minority interests. Default: 0.0. */
  minorityInterest?: number | undefined;
  /** Stakes in associates. Default: 0.0. */
  associates?: number | undefined;
  /** Other assets not needed for operations. Default: 0.0. */
  nonOperatingAssets?: number | undefined;
  /** Further claims, subtracted. Default: []. */
  otherClaims?: ReadonlyArray<DcfInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<DcfInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface DcfInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface DcfInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** Free cash flow to the firm, discounted: enterprise, equity and per-share value. */
export interface DcfInputs {
  /** Revenue of year 0; required with stages. */
  baseRevenue?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: DcfInputsBase | null | undefined;
  /** Forecast by stages of drivers; one of stages and forecast is required. */
  stages?: ReadonlyArray<DcfInputsStages> | null | undefined;
  /** Tax rate where a stage gives none. */
  taxRate?: number | null | undefined;
  /** Values that replace those of a single year. Default: []. */
  overrides?: ReadonlyArray<DcfInputsOverrides> | undefined;
  /** How reinvestment follows from the drivers. Default: "sales_to_fixed_capital". */
  reinvestmentBasis?: "sales_to_fixed_capital" | "sales_to_invested_capital" | "capex_da_nwc" | "reinvestment_rate" | undefined;
  /** Whether net capital expenditure may be negative when revenue falls. Default: false. */
  allowDivestment?: boolean | undefined;
  /** Net working capital of year 0; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Invested capital of year 0; enables return on invested capital. */
  baseInvestedCapital?: number | null | undefined;
  /** Explicit yearly figures instead of stages. */
  forecast?: DcfInputsForecast | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: DcfInputsNol | null | undefined;
  /** Cost of capital: one rate, one a year, or a wacc object. */
  wacc: number | NumberArray | DcfInputsWacc;
  /** Whether flows arrive in the middle of each year. Default: false. */
  midYear?: boolean | undefined;
  /** Part of year 1 that is still to come; 1 by default. */
  stub?: number | null | undefined;
  /** Date of the valuation, with first_year_end instead of stub. */
  valuationDate?: string | Date | null | undefined;
  /** Date on which year 1 ends. */
  firstYearEnd?: string | Date | null | undefined;
  /** Convention by which the two dates give the stub. Default: "act/365f". */
  dayCount?: "act/365f" | "act/360" | "act/act_isda" | "30/360" | "30e/360" | undefined;
  /** Value beyond the forecast. */
  terminal: DcfInputsTerminal;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: DcfInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<DcfInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<DcfInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** Terminal value at the horizon over last-year figures. */
export interface DcfResultImpliedMultiples {
  /** Over revenue. */
  readonly revenue: number | null;
  /** Over operating profit before depreciation. */
  readonly ebitda: number | null;
  /** Over operating profit. */
  readonly ebit: number | null;
  /** Over after-tax operating profit. */
  readonly nopat: number | null;
  /** Over free cash flow. */
  readonly fcff: number | null;
}

/** Enterprise value over year-1 figures. */
export interface DcfResultEntryMultiples {
  /** Over revenue. */
  readonly revenue: number | null;
  /** Over operating profit before depreciation. */
  readonly ebitda: number | null;
  /** Over operating profit. */
  readonly ebit: number | null;
  /** Over after-tax operating profit. */
  readonly nopat: number | null;
}

/** One step of the bridge. */
export interface DcfResultBridge {
  /** What it is. */
  readonly name: string;
  /** What it adds to equity. */
  readonly amount: number;
}

/** Year by year. */
export interface DcfResultSchedule {
  /** Year, from 1. */
  readonly year: Array<number>;
  /** Years until the year's end. */
  readonly time: Array<number>;
  /** Factor that discounts the year's flow. */
  readonly discountFactor: Array<number>;
  /** Revenue. */
  readonly revenue: Array<number | null>;
  /** Revenue growth. */
  readonly growth: Array<number | null>;
  /** Operating profit over revenue. */
  readonly ebitMargin: Array<number | null>;
  /** Operating profit. */
  readonly ebit: Array<number | null>;
  /** Depreciation and amortisation. */
  readonly da: Array<number | null>;
  /** Tax on operating profit. */
  readonly tax: Array<number | null>;
  /** Losses carried forward that were used. */
  readonly nolUsed: Array<number | null>;
  /** Losses carried forward at the year's end. */
  readonly nolBalance: Array<number | null>;
  /** After-tax operating profit. */
  readonly nopat: Array<number | null>;
  /** Capital expenditure less depreciation. */
  readonly netCapex: Array<number | null>;
  /** Net working capital at the year's end. */
  readonly nwc: Array<number | null>;
  /** Its change. */
  readonly deltaNwc: Array<number | null>;
  /** Reinvestment. */
  readonly reinvestment: Array<number | null>;
  /** Free cash flow to the firm, of the whole year. */
  readonly fcff: Array<number>;
  /** Its present value, of the part still to come. */
  readonly pv: Array<number>;
  /** Invested capital at the year's end. */
  readonly investedCapital: Array<number | null>;
  /** After-tax operating profit over invested capital at the year's start. */
  readonly roic: Array<number | null>;
}

/** One terminal method of the valuation. */
export interface DcfResultTerminalComponents {
  /** The method. */
  readonly method: string;
  /** Its weight; 1 when it stands alone. */
  readonly weight: number;
  /** Its terminal value. */
  readonly terminalValue: number;
  /** Its present value, before the weight. */
  readonly pv: number;
}

/** Something that deserves a second look. */
export interface DcfResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Enterprise, equity and per-share value, and how they came about. */
export interface DcfResult {
  /** Value per diluted share; null without shares. */
  readonly valuePerShare: number | null;
  /** Value of equity. */
  readonly equityValue: number;
  /** Value of the firm: present values of the forecast and of what follows it. */
  readonly enterpriseValue: number;
  /** Shares after dilution; null without shares. */
  readonly dilutedShares: number | null;
  /** Present value of the forecast flows. */
  readonly pvFcff: number;
  /** Present value of the terminal value. */
  readonly pvTerminal: number;
  /** Terminal value by its formula; for a blend the weighted sum. */
  readonly terminalValue: number;
  /** Terminal value at the end of the last year. */
  readonly terminalValueAtHorizon: number;
  /** Free cash flow of the first year beyond the forecast; null where the forecast cannot tell. */
  readonly terminalFcff: number | null;
  /** After-tax operating profit of that year; null where the forecast cannot tell. */
  readonly terminalNopat: number | null;
  /** Part of enterprise value beyond the forecast; null when enterprise value is not positive. */
  readonly terminalShare: number | null;
  /** Growth at which a Gordon value would be the same; null when there is none below wacc. */
  readonly impliedGrowth: number | null;
  /** Terminal value at the horizon over last-year figures. */
  readonly impliedMultiples: DcfResultImpliedMultiples;
  /** Return on new capital at which the value-driver formula would give the same; null when undefined. */
  readonly impliedRonic: number | null;
  /** Enterprise value over year-1 figures. */
  readonly entryMultiples: DcfResultEntryMultiples;
  /** The cost of capital used, a rate a year. */
  readonly wacc: Array<number>;
  /** From enterprise to equity value, each item with its sign. */
  readonly bridge: Array<DcfResultBridge>;
  /** Year by year. */
  readonly schedule: DcfResultSchedule;
  /** The terminal methods used. */
  readonly terminalComponents: Array<DcfResultTerminalComponents>;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<DcfResultWarnings>;
}

/** Discounted free cash flow to the firm: enterprise, equity and per-share value */
export class Dcf extends Engine<DcfInputs, DcfResult> {
  static readonly model: "dcf";
  constructor(inputs: DcfInputs);
}
