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

/** Driver values of year 0, from which the first stage fades. */
export interface DdmInputsBase {
  /** Growth of dividends, or of earnings. */
  growth?: number | null | undefined;
  /** Dividends over earnings. */
  payout?: number | null | undefined;
}

/** Years with the same growth and payout, or on the way to them. */
export interface DdmInputsStages {
  /** Number of years. */
  years: number;
  /** Growth of dividends, or of earnings. */
  growth?: number | null | undefined;
  /** Dividends over earnings; used with eps. */
  payout?: number | null | undefined;
  /** How the drivers move from the previous stage's to this one's. Default: "step". */
  fade?: "step" | "linear" | "s_curve" | undefined;
}

/** Dividends beyond the stages. */
export interface DdmInputsTerminal {
  /** Growth for ever. */
  growth: number;
  /** Payout for ever, with eps; by default 1 - growth/roe, or the last year's. */
  payout?: number | null | undefined;
  /** Return on equity that pays for the growth, instead of payout. */
  roe?: number | null | undefined;
  /** What the cost of equity less growth must exceed. Default: 0.0. */
  minSpread?: number | undefined;
}

/** Present value of dividends. */
export interface DdmInputs {
  /** Dividend of the year past; or give eps and payouts. */
  dividend?: number | null | undefined;
  /** Earnings of the year past, in the unit of the dividend. */
  eps?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: DdmInputsBase | null | undefined;
  /** Cost of equity: one rate, or one a year. */
  costOfEquity: number | NumberArray;
  /** Stages of growth and payout; required by method multi_stage. Default: []. */
  stages?: ReadonlyArray<DdmInputsStages> | undefined;
  /** Dividends beyond the stages. */
  terminal: DdmInputsTerminal;
  /** How dividends run. Default: "multi_stage". */
  method?: "multi_stage" | "gordon" | "h_model" | undefined;
  /** Growth at the start of the fade of an h_model. */
  growthInitial?: number | null | undefined;
  /** Half of the fade's length of an h_model. */
  halfLife?: number | null | undefined;
  /** Shares that the dividend is paid on; 1 for a dividend per share. Default: 1.0. */
  shares?: number | undefined;
  /** Whether dividends arrive in the middle of each year. Default: false. */
  midYear?: boolean | undefined;
}

/** The stages, year by year. */
export interface DdmResultSchedule {
  /** Dividend. */
  readonly dividend: Array<number>;
  /** Growth of dividends, or of earnings. */
  readonly growth: Array<number>;
  /** Factor that discounts the year's dividend. */
  readonly discountFactor: Array<number>;
  /** Present value. */
  readonly pv: Array<number>;
}

/** Something that deserves a second look. */
export interface DdmResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Value of a share, or of all equity, by its dividends. */
export interface DdmResult {
  /** Present value of the dividends. */
  readonly value: number;
  /** The same, a share. */
  readonly valuePerShare: number;
  /** Present value of the dividends of the stages. */
  readonly pvDividends: number;
  /** Present value of those that follow. */
  readonly pvTerminal: number;
  /** Their value one year before the first of them. */
  readonly terminalValue: number;
  /** Part of the value beyond the stages; null when the value is not positive. */
  readonly terminalShare: number | null;
  /** Value over earnings; null without eps above zero. */
  readonly impliedPe: number | null;
  /** The stages, year by year. */
  readonly schedule: DdmResultSchedule;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<DdmResultWarnings>;
}

/** Dividend discount: present value of dividends by stages and for ever after */
export class Ddm extends Engine<DdmInputs, DdmResult> {
  static readonly model: "ddm";
  constructor(inputs: DdmInputs);
}

/** Residual income beyond the forecast. */
export interface ResidualIncomeInputsTerminal {
  /** What it does. Default: "zero". */
  method?: "zero" | "persistence" | "growth" | "value" | undefined;
  /** Share that persists from year to year; required by method persistence. */
  omega?: number | null | undefined;
  /** Growth for ever; required by method growth. */
  growth?: number | null | undefined;
  /** Residual income of the first year beyond, for method growth, instead of growing the last. */
  riNext?: number | null | undefined;
  /** Value of equity at the end of the forecast; required by method value. */
  value?: number | null | undefined;
}

/** Book value of equity and the present value of residual income. */
export interface ResidualIncomeInputs {
  /** Book value of equity now. */
  bookValue: number;
  /** Earnings, one a year; or give roe. */
  netIncome?: NumberArray | null | undefined;
  /** Return on opening book value: one number, or one a year. */
  roe?: number | NumberArray | null | undefined;
  /** Years of the forecast; required where no array tells. */
  years?: number | null | undefined;
  /** Dividends, one a year; or give payout. */
  dividends?: NumberArray | null | undefined;
  /** Dividends over earnings: one number, or one a year. */
  payout?: number | NumberArray | null | undefined;
  /** Cost of equity: one rate, or one a year. */
  costOfEquity: number | NumberArray;
  /** Residual income beyond the forecast. Default: {"method":"zero","omega":null,"growth":null,"ri_next":null,"value":null}. */
  terminal?: ResidualIncomeInputsTerminal | undefined;
  /** Shares outstanding. */
  shares?: number | null | undefined;
}

/** Year by year. */
export interface ResidualIncomeResultSchedule {
  /** Book value of equity at the year's end, from year 0. */
  readonly bookValue: Array<number>;
  /** Earnings. */
  readonly netIncome: Array<number>;
  /** Earnings less the cost of opening book value. */
  readonly residualIncome: Array<number>;
  /** Present value of residual income. */
  readonly pv: Array<number>;
}

/** Something that deserves a second look. */
export interface ResidualIncomeResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Value of equity by its residual income. */
export interface ResidualIncomeResult {
  /** Value of equity. */
  readonly equityValue: number;
  /** The same, a share; null without shares. */
  readonly valuePerShare: number | null;
  /** Present value of the residual income of the forecast. */
  readonly pvResidualIncome: number;
  /** Present value of what follows. */
  readonly pvTerminal: number;
  /** Value over book value; null when book value is not positive. */
  readonly priceToBook: number | null;
  /** Year by year. */
  readonly schedule: ResidualIncomeResultSchedule;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<ResidualIncomeResultWarnings>;
}

/** Residual income: book value of equity and what it earns beyond its cost */
export class ResidualIncome extends Engine<ResidualIncomeInputs, ResidualIncomeResult> {
  static readonly model: "residual_income";
  constructor(inputs: ResidualIncomeInputs);
}

/** Driver values of year 0, from which the first stage fades. */
export interface EvaInputsBase {
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
export interface EvaInputsStages {
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
export interface EvaInputsOverrides {
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
export interface EvaInputsForecast {
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
export interface EvaInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** What a share's cost of equity follows from. */
export interface EvaInputsWaccCostOfEquity {
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
export interface EvaInputsWacc {
  /** Cost of equity: a rate, or a capm object. */
  costOfEquity: number | EvaInputsWaccCostOfEquity;
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
export interface EvaInputsTerminal {
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
export interface EvaInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface EvaInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface EvaInputsBridge {
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
  otherClaims?: ReadonlyArray<EvaInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<EvaInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface EvaInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface EvaInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** Invested capital and what is earned beyond its charge; base_invested_capital is required. */
export interface EvaInputs {
  /** Revenue of year 0; required with stages. */
  baseRevenue?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: EvaInputsBase | null | undefined;
  /** Forecast by stages of drivers; one of stages and forecast is required. */
  stages?: ReadonlyArray<EvaInputsStages> | null | undefined;
  /** Tax rate where a stage gives none. */
  taxRate?: number | null | undefined;
  /** Values that replace those of a single year. Default: []. */
  overrides?: ReadonlyArray<EvaInputsOverrides> | undefined;
  /** How reinvestment follows from the drivers. Default: "sales_to_fixed_capital". */
  reinvestmentBasis?: "sales_to_fixed_capital" | "sales_to_invested_capital" | "capex_da_nwc" | "reinvestment_rate" | undefined;
  /** Whether net capital expenditure may be negative when revenue falls. Default: false. */
  allowDivestment?: boolean | undefined;
  /** Net working capital of year 0; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Invested capital of year 0; enables return on invested capital. */
  baseInvestedCapital?: number | null | undefined;
  /** Explicit yearly figures instead of stages. */
  forecast?: EvaInputsForecast | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: EvaInputsNol | null | undefined;
  /** Cost of capital: one rate, one a year, or a wacc object. */
  wacc: number | NumberArray | EvaInputsWacc;
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
  terminal: EvaInputsTerminal;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: EvaInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<EvaInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<EvaInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** Terminal value at the horizon over last-year figures. */
export interface EvaResultImpliedMultiples {
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
export interface EvaResultEntryMultiples {
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
export interface EvaResultBridge {
  /** What it is. */
  readonly name: string;
  /** What it adds to equity. */
  readonly amount: number;
}

/** Year by year. */
export interface EvaResultSchedule {
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
  /** After-tax operating profit less the capital charge. */
  readonly eva: Array<number>;
  /** Cost of the capital invested at the year's start. */
  readonly capitalCharge: Array<number>;
}

/** One terminal method of the valuation. */
export interface EvaResultTerminalComponents {
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
export interface EvaResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** What a dcf tells, and how the value exceeds the capital invested. */
export interface EvaResult {
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
  readonly impliedMultiples: EvaResultImpliedMultiples;
  /** Return on new capital at which the value-driver formula would give the same; null when undefined. */
  readonly impliedRonic: number | null;
  /** Enterprise value over year-1 figures. */
  readonly entryMultiples: EvaResultEntryMultiples;
  /** The cost of capital used, a rate a year. */
  readonly wacc: Array<number>;
  /** From enterprise to equity value, each item with its sign. */
  readonly bridge: Array<EvaResultBridge>;
  /** Enterprise value less invested capital of year 0. */
  readonly mva: number;
  /** Present value of the economic value added of the forecast. */
  readonly pvEva: number;
  /** Present value of what the terminal value exceeds invested capital by. */
  readonly pvTerminalEva: number;
  /** Year by year. */
  readonly schedule: EvaResultSchedule;
  /** The terminal methods used. */
  readonly terminalComponents: Array<EvaResultTerminalComponents>;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<EvaResultWarnings>;
}

/** Economic value added: invested capital and what is earned beyond its charge */
export class Eva extends Engine<EvaInputs, EvaResult> {
  static readonly model: "eva";
  constructor(inputs: EvaInputs);
}

/** Driver values of year 0, from which the first stage fades. */
export interface ApvInputsBase {
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
export interface ApvInputsStages {
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
export interface ApvInputsOverrides {
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
export interface ApvInputsForecast {
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
export interface ApvInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** Value beyond the forecast, of the firm without debt. */
export interface ApvInputsTerminal {
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
export interface ApvInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface ApvInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface ApvInputsBridge {
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
  otherClaims?: ReadonlyArray<ApvInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<ApvInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface ApvInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface ApvInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** The firm without debt, and the tax that interest saves; tax_rate is required. */
export interface ApvInputs {
  /** Revenue of year 0; required with stages. */
  baseRevenue?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: ApvInputsBase | null | undefined;
  /** Forecast by stages of drivers; one of stages and forecast is required. */
  stages?: ReadonlyArray<ApvInputsStages> | null | undefined;
  /** Tax rate where a stage gives none. */
  taxRate?: number | null | undefined;
  /** Values that replace those of a single year. Default: []. */
  overrides?: ReadonlyArray<ApvInputsOverrides> | undefined;
  /** How reinvestment follows from the drivers. Default: "sales_to_fixed_capital". */
  reinvestmentBasis?: "sales_to_fixed_capital" | "sales_to_invested_capital" | "capex_da_nwc" | "reinvestment_rate" | undefined;
  /** Whether net capital expenditure may be negative when revenue falls. Default: false. */
  allowDivestment?: boolean | undefined;
  /** Net working capital of year 0; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Invested capital of year 0; enables return on invested capital. */
  baseInvestedCapital?: number | null | undefined;
  /** Explicit yearly figures instead of stages. */
  forecast?: ApvInputsForecast | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: ApvInputsNol | null | undefined;
  /** Cost of capital of the firm without debt: one rate, or one a year. */
  unleveredCost: number | NumberArray;
  /** Balances of debt from year 0 to the last year; or give leverage. */
  debt?: NumberArray | null | undefined;
  /** Debt over the value of the firm in every year. */
  leverage?: number | null | undefined;
  /** Interest rate of debt. */
  costOfDebt: number;
  /** What the tax saved is discounted at: unlevered, debt, miles_ezzell, or a rate. Default: "unlevered". */
  shieldDiscount?: "unlevered" | "debt" | "miles_ezzell" | number | undefined;
  /** Growth of debt for ever; that of the terminal object by default. */
  terminalDebtGrowth?: number | null | undefined;
  /** Costs of raising the debt, as a present value. Default: 0.0. */
  issueCosts?: number | undefined;
  /** Present value of the costs of distress. Default: 0.0. */
  distressCostPv?: number | undefined;
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
  /** Value beyond the forecast, of the firm without debt. */
  terminal: ApvInputsTerminal;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: ApvInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<ApvInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<ApvInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** Year by year. */
export interface ApvResultSchedule {
  /** Debt at the year's end, from year 0. */
  readonly debt: Array<number>;
  /** Tax saved by the interest of each year. */
  readonly shield: Array<number>;
  /** Value of the firm at the year's end, from year 0, before costs of issue and distress. */
  readonly value: Array<number>;
  /** Cost of capital of each year at which a dcf gives the same value; null where value is 0. */
  readonly wacc: Array<number | null>;
}

/** Something that deserves a second look. */
export interface ApvResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Value of the firm without debt, and of the tax that debt saves. */
export interface ApvResult {
  /** Value of the firm. */
  readonly enterpriseValue: number;
  /** Value of equity, after the bridge, which states the debt to be deducted. */
  readonly equityValue: number;
  /** The same, a diluted share; null without shares. */
  readonly valuePerShare: number | null;
  /** Value of the firm without debt. */
  readonly unleveredValue: number;
  /** Present value of the tax saved, of all years and what follows them. */
  readonly pvTaxShield: number;
  /** Its part beyond the forecast. */
  readonly pvTerminalTaxShield: number;
  /** Cost of capital of year 1 at which a dcf gives the same value; null where value is 0. */
  readonly equivalentWacc: number | null;
  /** Year by year. */
  readonly schedule: ApvResultSchedule;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<ApvResultWarnings>;
}

/** Adjusted present value: the firm without debt and the tax that interest saves */
export class Apv extends Engine<ApvInputs, ApvResult> {
  static readonly model: "apv";
  constructor(inputs: ApvInputs);
}

/** Driver values of year 0, from which the first stage fades. */
export interface FcfeInputsBase {
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
export interface FcfeInputsStages {
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
export interface FcfeInputsOverrides {
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
export interface FcfeInputsForecast {
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
export interface FcfeInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** Value beyond the forecast. */
export interface FcfeInputsTerminal {
  /** Growth of flows and of debt for ever; or give value. */
  growth?: number | null | undefined;
  /** Value of equity at the end of the last year. */
  value?: number | null | undefined;
  /** What the cost of equity less growth must exceed. Default: 0.0. */
  minSpread?: number | undefined;
  /** Whether the terminal flow reinvests what its growth needs; true with stages, false with a forecast. */
  normalize?: boolean | null | undefined;
  /** Flow to the firm of the first terminal year, instead of deriving it. */
  fcffNext?: number | null | undefined;
  /** Operating margin beyond the forecast. */
  ebitMargin?: number | null | undefined;
  /** Tax rate on operating profit beyond the forecast. */
  taxRate?: number | null | undefined;
  /** Sales-to-capital ratio beyond the forecast. */
  salesToCapital?: number | null | undefined;
  /** Working-capital ratio beyond the forecast. */
  nwcPct?: number | null | undefined;
  /** Depreciation over revenue beyond the forecast. */
  daPct?: number | null | undefined;
  /** Capital expenditure over revenue beyond the forecast. */
  capexPct?: number | null | undefined;
}

/** An amount with its name. */
export interface FcfeInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface FcfeInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface FcfeInputsBridge {
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
  otherClaims?: ReadonlyArray<FcfeInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<FcfeInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface FcfeInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface FcfeInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** Flows to equity, from those to the firm and the balances of debt, or explicit. */
export interface FcfeInputs {
  /** Revenue of year 0; required with stages. */
  baseRevenue?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: FcfeInputsBase | null | undefined;
  /** Forecast by stages of drivers; one of stages and forecast is required. */
  stages?: ReadonlyArray<FcfeInputsStages> | null | undefined;
  /** Tax rate where a stage gives none. */
  taxRate?: number | null | undefined;
  /** Values that replace those of a single year. Default: []. */
  overrides?: ReadonlyArray<FcfeInputsOverrides> | undefined;
  /** How reinvestment follows from the drivers. Default: "sales_to_fixed_capital". */
  reinvestmentBasis?: "sales_to_fixed_capital" | "sales_to_invested_capital" | "capex_da_nwc" | "reinvestment_rate" | undefined;
  /** Whether net capital expenditure may be negative when revenue falls. Default: false. */
  allowDivestment?: boolean | undefined;
  /** Net working capital of year 0; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Invested capital of year 0; enables return on invested capital. */
  baseInvestedCapital?: number | null | undefined;
  /** Explicit yearly figures instead of stages. */
  forecast?: FcfeInputsForecast | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: FcfeInputsNol | null | undefined;
  /** Cost of equity: one rate, or one a year. */
  costOfEquity: number | NumberArray;
  /** Interest rate of debt; required with debt. */
  costOfDebt?: number | null | undefined;
  /** Balances of debt from year 0 to the last year; required unless fcfe is given. */
  debt?: NumberArray | null | undefined;
  /** Explicit flows to equity, instead of stages or forecast. */
  fcfe?: NumberArray | null | undefined;
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
  terminal: FcfeInputsTerminal;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: FcfeInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<FcfeInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<FcfeInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** Year by year. */
export interface FcfeResultSchedule {
  /** Free cash flow to the firm. */
  readonly fcff: Array<number | null>;
  /** Interest less the tax it saves. */
  readonly interestAfterTax: Array<number | null>;
  /** New debt less repayment. */
  readonly netBorrowing: Array<number | null>;
  /** Free cash flow to equity, of the whole year. */
  readonly fcfe: Array<number>;
  /** Its present value, of the part still to come. */
  readonly pv: Array<number>;
}

/** Something that deserves a second look. */
export interface FcfeResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Value of equity by the flows to it. */
export interface FcfeResult {
  /** Value of equity: of its flows and of the bridge's items other than debt. */
  readonly equityValue: number;
  /** The same, a diluted share; null without shares. */
  readonly valuePerShare: number | null;
  /** Present value of the flows of the forecast. */
  readonly pvFcfe: number;
  /** Present value of the terminal value. */
  readonly pvTerminal: number;
  /** Value of the flows beyond the forecast, by its formula. */
  readonly terminalValue: number;
  /** Flow to equity of the first year beyond the forecast; null where the value there is given. */
  readonly terminalFcfe: number | null;
  /** Year by year. */
  readonly schedule: FcfeResultSchedule;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<FcfeResultWarnings>;
}

/** Free cash flow to equity, discounted at the cost of equity */
export class Fcfe extends Engine<FcfeInputs, FcfeResult> {
  static readonly model: "fcfe";
  constructor(inputs: FcfeInputs);
}

/** Driver values of year 0, from which the first stage fades. */
export interface ReconcileInputsBase {
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
export interface ReconcileInputsStages {
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
export interface ReconcileInputsOverrides {
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
export interface ReconcileInputsForecast {
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
export interface ReconcileInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** Value beyond the forecast, by method gordon or value_driver. */
export interface ReconcileInputsTerminal {
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
export interface ReconcileInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface ReconcileInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface ReconcileInputsBridge {
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
  otherClaims?: ReadonlyArray<ReconcileInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<ReconcileInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface ReconcileInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface ReconcileInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** A company to be valued by all methods; base_invested_capital and tax_rate are required. */
export interface ReconcileInputs {
  /** Revenue of year 0; required with stages. */
  baseRevenue?: number | null | undefined;
  /** Driver values of year 0, from which the first stage fades. */
  base?: ReconcileInputsBase | null | undefined;
  /** Forecast by stages of drivers; one of stages and forecast is required. */
  stages?: ReadonlyArray<ReconcileInputsStages> | null | undefined;
  /** Tax rate where a stage gives none. */
  taxRate?: number | null | undefined;
  /** Values that replace those of a single year. Default: []. */
  overrides?: ReadonlyArray<ReconcileInputsOverrides> | undefined;
  /** How reinvestment follows from the drivers. Default: "sales_to_fixed_capital". */
  reinvestmentBasis?: "sales_to_fixed_capital" | "sales_to_invested_capital" | "capex_da_nwc" | "reinvestment_rate" | undefined;
  /** Whether net capital expenditure may be negative when revenue falls. Default: false. */
  allowDivestment?: boolean | undefined;
  /** Net working capital of year 0; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Invested capital of year 0; enables return on invested capital. */
  baseInvestedCapital?: number | null | undefined;
  /** Explicit yearly figures instead of stages. */
  forecast?: ReconcileInputsForecast | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: ReconcileInputsNol | null | undefined;
  /** Cost of capital of the firm without debt. */
  unleveredCost: number;
  /** Interest rate of debt. */
  costOfDebt: number;
  /** Debt over the value of the firm in every year. */
  leverage: number;
  /** How debt moves with value. Default: "harris_pringle". */
  method?: "harris_pringle" | "miles_ezzell" | undefined;
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
  /** Value beyond the forecast, by method gordon or value_driver. */
  terminal: ReconcileInputsTerminal;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: ReconcileInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<ReconcileInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<ReconcileInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** Value of equity by each method, without the bridge. */
export interface ReconcileResultEquityValue {
  /** Flows to the firm at the weighted average cost of capital, less debt. */
  readonly dcf: number;
  /** The firm without debt and the tax saved, less debt. */
  readonly apv: number;
  /** Invested capital and economic value added, less debt. */
  readonly eva: number;
  /** Flows to equity at the cost of equity. */
  readonly fcfe: number;
  /** Book value of equity and residual income. */
  readonly residualIncome: number;
  /** Flows to the firm with the tax saved, at the unlevered cost, less debt; null for miles_ezzell. */
  readonly capitalCashFlow: number | null;
}

/** Something that deserves a second look. */
export interface ReconcileResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Six values of one equity. */
export interface ReconcileResult {
  /** Largest difference between two of the values, over the largest of them. */
  readonly maxRelativeDifference: number;
  /** Weighted average cost of capital. */
  readonly wacc: number;
  /** Cost of equity at this leverage. */
  readonly costOfEquity: number;
  /** Debt at the year's end, from year 0. */
  readonly debt: Array<number>;
  /** Value of equity by each method, without the bridge. */
  readonly equityValue: ReconcileResultEquityValue;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<ReconcileResultWarnings>;
}

/** One company by six valuation methods that must agree */
export class Reconcile extends Engine<ReconcileInputs, ReconcileResult> {
  static readonly model: "reconcile";
  constructor(inputs: ReconcileInputs);
}

/** Interest rate that follows a base rate. */
export interface LboInputsTranchesFloating {
  /** Base rate. */
  base: number | NumberArray;
  /** Added to it. */
  spread: number;
  /** The base rate counts for at least this; null for no floor. */
  floor?: number | null | undefined;
}

/** Term debt of one kind. */
export interface LboInputsTranches {
  /** Its name, unlike that of any other source. */
  name: string;
  /** Face amount; either this or ebitda_multiple. */
  amount?: number | null | undefined;
  /** Face amount over ltm_ebitda. */
  ebitdaMultiple?: number | null | undefined;
  /** Interest rate; either this or floating. */
  rate?: number | NumberArray | null | undefined;
  /** Interest rate that follows a base rate. */
  floating?: LboInputsTranchesFloating | null | undefined;
  /** Further interest, added to the balance instead of paid. Default: 0.0. */
  pikRate?: number | NumberArray | undefined;
  /** Years in which all interest is added to the balance. Default: []. */
  pikToggleYears?: NumberArray | undefined;
  /** What the rate rises by in those years. Default: 0.0. */
  pikPremium?: number | undefined;
  /** Scheduled repayment as a fraction of the original amount. Default: 0.0. */
  amortization?: number | NumberArray | undefined;
  /** Year in which the balance falls due; null for beyond the forecast. */
  maturity?: number | null | undefined;
  /** Place in the cash sweep, the lowest first, equal ones pro rata; null for not swept. */
  sweepPriority?: number | null | undefined;
  /** Fee to arrange it, over the amount. Default: 0.0. */
  feePct?: number | undefined;
  /** Discount at issue, over the amount. Default: 0.0. */
  oidPct?: number | undefined;
  /** Years over which fee and discount are deducted; the maturity by default, else all years. */
  feeYears?: number | null | undefined;
}

/** Interest rate that follows a base rate. */
export interface LboInputsRevolverFloating {
  /** Base rate. */
  base: number | NumberArray;
  /** Added to it. */
  spread: number;
  /** The base rate counts for at least this; null for no floor. */
  floor?: number | null | undefined;
}

/** Revolving credit; null for none. */
export interface LboInputsRevolver {
  /** Most that may be drawn; null for any amount. */
  limit?: number | null | undefined;
  /** Drawn at closing. Default: 0.0. */
  drawn?: number | undefined;
  /** Interest rate; either this or floating. */
  rate?: number | NumberArray | null | undefined;
  /** Interest rate that follows a base rate. */
  floating?: LboInputsRevolverFloating | null | undefined;
  /** Fee on what is not drawn; nothing without a limit. Default: 0.0. */
  undrawnFee?: number | undefined;
}

/** Limit on the interest that tax recognises; null for none. */
export interface LboInputsInterestLimit {
  /** The share. */
  pct: number;
  /** Of which earnings. Default: "ebitda". */
  base?: "ebitda" | "ebit" | undefined;
}

/** Carry-forward of tax losses; null for none. */
export interface LboInputsNol {
  /** Balance at the start. Default: 0.0. */
  opening?: number | undefined;
  /** Share of a year's profit that losses may offset. Default: 1.0. */
  usageLimit?: number | undefined;
  /** Whether losses of the forecast are added. Default: true. */
  addLosses?: boolean | undefined;
}

/** A dividend at the end of a year, after the sweep. */
export interface LboInputsDividends {
  /** The year. */
  year: number;
  /** How much. */
  amount: number;
  /** The tranche that is raised to pay it; null for cash above the minimum. */
  tranche?: string | null | undefined;
}

/** Share of the exit that goes to management; null for none. */
export interface LboInputsManagementPool {
  /** The share. */
  pct: number;
  /** Multiple of all equity invested above which it is paid. Default: 1.0. */
  hurdleMoic?: number | undefined;
}

/** The sale. */
export interface LboInputsExit {
  /** Enterprise value over EBITDA of the exit year. */
  multiple: number;
  /** The year at whose end it is sold; the last by default. */
  year?: number | null | undefined;
  /** Costs of the sale over enterprise value. Default: 0.0. */
  feePct?: number | undefined;
}

/** A ratio that lenders require each year. */
export interface LboInputsCovenants {
  /** The ratio. */
  kind: "max_total_leverage" | "max_net_leverage" | "min_interest_cover" | "min_fccr";
  /** What it may reach. */
  level: number | NumberArray;
  /** Tested only in years that end with more than this part of the revolver drawn; null for always. */
  springingUtilization?: number | null | undefined;
}

/** A leveraged buy-out: sponsor returns from entry price, debt stack and cash waterfall. */
export interface LboInputs {
  /** Years forecast. */
  years: number;
  /** Revenue of the year before closing. */
  baseRevenue: number;
  /** Revenue growth. */
  revenueGrowth: number | NumberArray;
  /** EBITDA over revenue. */
  ebitdaMargin: number | NumberArray;
  /** Depreciation and amortisation over revenue. Default: 0.0. */
  daPct?: number | NumberArray | undefined;
  /** Capital expenditure over revenue. Default: 0.0. */
  capexPct?: number | NumberArray | undefined;
  /** Net working capital over revenue. Default: 0.0. */
  nwcPct?: number | NumberArray | undefined;
  /** Net working capital at closing; year 1's ratio times base revenue by default. */
  baseNwc?: number | null | undefined;
  /** Tax rate. */
  taxRate: number | NumberArray;
  /** EBITDA of the twelve months before closing; year 1's margin times base revenue by default. */
  ltmEbitda?: number | null | undefined;
  /** Enterprise value paid, free of cash and debt; either this or entry_multiple. */
  purchasePrice?: number | null | undefined;
  /** Enterprise value paid over ltm_ebitda. */
  entryMultiple?: number | null | undefined;
  /** Net debt the price repays; it splits the uses and changes nothing else. Default: 0.0. */
  existingNetDebt?: number | undefined;
  /** Fees of the transaction, expensed at closing and not deductible. Default: 0.0. */
  transactionFees?: number | undefined;
  /** Yearly fee to the sponsor, deductible. Default: 0.0. */
  monitoringFee?: number | NumberArray | undefined;
  /** Cash funded at closing and never swept. Default: 0.0. */
  minimumCash?: number | undefined;
  /** Interest on cash. Default: 0.0. */
  cashRate?: number | undefined;
  /** Term debt. Default: []. */
  tranches?: ReadonlyArray<LboInputsTranches> | undefined;
  /** Revolving credit; null for none. */
  revolver?: LboInputsRevolver | null | undefined;
  /** Equity of the sponsor; by default what the other sources leave open. */
  sponsorEquity?: number | null | undefined;
  /** Equity that sellers or management leave in, ranking with the sponsor's. Default: 0.0. */
  rolloverEquity?: number | undefined;
  /** Balances that interest accrues on. Default: "opening". */
  interestBasis?: "opening" | "average" | undefined;
  /** Share of the cash left after the revolver that repays debt ahead of schedule. Default: 1.0. */
  cashSweep?: number | NumberArray | undefined;
  /** Limit on the interest that tax recognises; null for none. */
  interestLimit?: LboInputsInterestLimit | null | undefined;
  /** Carry-forward of tax losses; null for none. */
  nol?: LboInputsNol | null | undefined;
  /** Dividends to all equity. Default: []. */
  dividends?: ReadonlyArray<LboInputsDividends> | undefined;
  /** Share of the exit that goes to management; null for none. */
  managementPool?: LboInputsManagementPool | null | undefined;
  /** The sale. */
  exit: LboInputsExit;
  /** Multiples of the table returns_by_multiple; exit.multiple alone by default. */
  exitMultiples?: NumberArray | null | undefined;
  /** What lenders require. Default: []. */
  covenants?: ReadonlyArray<LboInputsCovenants> | undefined;
}

/** Year by year. */
export interface LboResultSchedule {
  /** Revenue. */
  readonly revenue: Array<number>;
  /** Operating profit before depreciation and amortisation, and before the monitoring fee. */
  readonly ebitda: Array<number>;
  /** Depreciation and amortisation. */
  readonly da: Array<number>;
  /** EBITDA less depreciation and amortisation. */
  readonly ebit: Array<number>;
  /** Interest paid on tranches and revolver, and the fee on what is not drawn. */
  readonly cashInterest: Array<number>;
  /** Interest added to tranches. */
  readonly pikInterest: Array<number>;
  /** Deduction of financing fees and issue discounts. */
  readonly feeAmortization: Array<number>;
  /** Tax. */
  readonly tax: Array<number>;
  /** Profit after interest and tax; fees of the transaction never enter it. */
  readonly netIncome: Array<number>;
  /** Cash flow available for debt service. */
  readonly cfads: Array<number>;
  /** Scheduled repayment, maturities included. */
  readonly mandatory: Array<number>;
  /** Repayment of tranches ahead of schedule. */
  readonly sweep: Array<number>;
  /** Drawn from the revolver; negative for a repayment. */
  readonly revolverDraw: Array<number>;
  /** Dividends, from cash or raised by tranches. */
  readonly dividends: Array<number>;
  /** Cash, from closing. */
  readonly cash: Array<number>;
  /** Revolver, from closing. */
  readonly revolver: Array<number>;
  /** Tranches and revolver, from closing. */
  readonly totalDebt: Array<number>;
}

/** The life of one tranche. */
export interface LboResultTranches {
  /** Its name. */
  readonly name: string;
  /** Balance, from closing. */
  readonly balance: Array<number>;
  /** Interest paid. */
  readonly interest: Array<number>;
  /** Interest added to the balance. */
  readonly pik: Array<number>;
  /** Scheduled repayment, the maturity included. */
  readonly mandatory: Array<number>;
  /** Repayment ahead of schedule. */
  readonly sweep: Array<number>;
  /** Yearly return of the lender, who pays the amount less fee and issue discount, and any later addition in full, and receives interest, repayments and at exit the balance; null where nothing is lent, or where the exit does not cover all debt. */
  readonly irr: number | null;
}

/** Returns of an exit at the end of one year. */
export interface LboResultReturnsByYear {
  /** The year. */
  readonly year: number;
  /** What the exit leaves after fees and net debt. */
  readonly exitEquity: number;
  /** What the sponsor receives over what it invested. */
  readonly moic: number;
  /** Yearly return of the sponsor. */
  readonly irr: number;
}

/** Returns of an exit at one multiple. */
export interface LboResultReturnsByMultiple {
  /** The multiple. */
  readonly multiple: number;
  /** What the exit leaves after fees and net debt. */
  readonly exitEquity: number;
  /** What the sponsor receives over what it invested. */
  readonly moic: number;
  /** Yearly return of the sponsor. */
  readonly irr: number;
}

/** Credit statistics of each year's end. */
export interface LboResultCredit {
  /** Debt over EBITDA. */
  readonly leverage: Array<number | null>;
  /** Debt less cash over EBITDA. */
  readonly netLeverage: Array<number | null>;
  /** EBITDA over cash interest. */
  readonly interestCover: Array<number | null>;
  /** EBITDA less capital expenditure and tax, over cash interest and scheduled repayment. */
  readonly fccr: Array<number | null>;
}

/** One covenant, year by year. */
export interface LboResultCovenants {
  /** The ratio. */
  readonly kind: "max_total_leverage" | "max_net_leverage" | "min_interest_cover" | "min_fccr";
  /** What it is; null where it is not defined. */
  readonly actual: Array<number | null>;
  /** Fall of EBITDA, as a fraction, that reaches the level, all else equal; null where EBITDA is not positive. */
  readonly headroom: Array<number | null>;
  /** Whether it is tested and not kept. */
  readonly breached: Array<boolean>;
}

/** What the gain of equity consists of; null when EBITDA of the last twelve months is not positive. */
export interface LboResultValueBridge {
  /** Growth of EBITDA, at the entry multiple. */
  readonly ebitdaGrowth: number;
  /** Change of the multiple, on EBITDA at exit. */
  readonly multipleChange: number;
  /** Net debt at closing less net debt at exit. */
  readonly netDebtReduction: number;
  /** Fees of transaction, financing and exit, and issue discounts; negative. */
  readonly fees: number;
  /** Dividends until the exit. */
  readonly dividends: number;
  /** Paid to management; negative. */
  readonly managementPool: number;
  /** The sum: dividends and proceeds less pool and all equity invested, unless wiped out. */
  readonly total: number;
}

/** Something that deserves a second look. */
export interface LboResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Returns of a buy-out, and how they came about. */
export interface LboResult {
  /** Yearly return of the sponsor; -1 when nothing is received. */
  readonly irr: number;
  /** What the sponsor receives over what it invested. */
  readonly moic: number;
  /** Where the money comes from, by name, with the total. */
  readonly sources: Record<string, number>;
  /** Where it goes, by name, with the total. */
  readonly uses: Record<string, number>;
  /** Price over EBITDA of the last twelve months; null when that is not positive. */
  readonly entryMultiple: number | null;
  /** Equity of the sponsor. */
  readonly sponsorEquity: number;
  /** Debt at closing, with the revolver. */
  readonly totalDebt: number;
  /** Debt at closing over EBITDA of the last twelve months; null when that is not positive. */
  readonly leverage: number | null;
  /** Enterprise value at exit, before fees. */
  readonly exitEv: number;
  /** What the exit leaves after fees and net debt; negative where lenders are not made whole. */
  readonly exitEquity: number;
  /** What equity and management receive at exit: exit_equity, and nothing where that is negative. */
  readonly proceeds: number;
  /** Whether the exit leaves nothing to equity. */
  readonly wipedOut: boolean;
  /** Debt at exit, with the revolver. */
  readonly exitDebt: number;
  /** Cash at exit. */
  readonly exitCash: number;
  /** Interest until the exit, paid or added to debt, with the fee on what is not drawn. */
  readonly totalInterest: number;
  /** Year by year. */
  readonly schedule: LboResultSchedule;
  /** Term debt, one by one. */
  readonly tranches: Array<LboResultTranches>;
  /** Returns of an exit at exit.multiple at the end of each year. */
  readonly returnsByYear: Array<LboResultReturnsByYear>;
  /** Returns of an exit in the exit year at other multiples. */
  readonly returnsByMultiple: Array<LboResultReturnsByMultiple>;
  /** Credit statistics of each year's end. */
  readonly credit: LboResultCredit;
  /** Covenants, in the order given. */
  readonly covenants: Array<LboResultCovenants>;
  /** What the gain of equity consists of; null when EBITDA of the last twelve months is not positive. */
  readonly valueBridge: LboResultValueBridge | null;
  /** Most rounds that a year's circular interest took; 0 for interest on opening balances. */
  readonly iterations: number;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<LboResultWarnings>;
}

/** Leveraged buy-out: returns of sponsor and lenders from price, debt stack and cash waterfall */
export class Lbo extends Engine<LboInputs, LboResult> {
  static readonly model: "lbo";
  constructor(inputs: LboInputs);
}

/** A number of options with one strike. */
export interface MergerInputsAcquirerOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** The party that buys. */
export interface MergerInputsAcquirer {
  /** Shares outstanding. */
  shares: number;
  /** Market price of a share; required of the acquirer, and of the target for a premium. */
  sharePrice?: number | null | undefined;
  /** Net income by itself, one for all years or one a year; by default it follows from ebitda. */
  netIncome?: number | NumberArray | null | undefined;
  /** Revenue. */
  revenue?: number | NumberArray | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | NumberArray | null | undefined;
  /** Depreciation and amortisation. Default: 0.0. */
  da?: number | NumberArray | undefined;
  /** Interest expense; 0 by default. */
  interest?: number | NumberArray | null | undefined;
  /** Debt less cash. Default: 0.0. */
  netDebt?: number | undefined;
  /** Tax rate; required of the acquirer, whose rate is the target's default. */
  taxRate?: number | null | undefined;
  /** Options on shares of the target, taken at the offer price. Default: []. */
  options?: ReadonlyArray<MergerInputsAcquirerOptions> | undefined;
  /** Book value of the target's equity, for goodwill. */
  bookEquity?: number | null | undefined;
  /** Goodwill that is already in the target's books. Default: 0.0. */
  existingGoodwill?: number | undefined;
}

/** A number of options with one strike. */
export interface MergerInputsTargetOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** The party that is bought. */
export interface MergerInputsTarget {
  /** Shares outstanding. */
  shares: number;
  /** Market price of a share; required of the acquirer, and of the target for a premium. */
  sharePrice?: number | null | undefined;
  /** Net income by itself, one for all years or one a year; by default it follows from ebitda. */
  netIncome?: number | NumberArray | null | undefined;
  /** Revenue. */
  revenue?: number | NumberArray | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | NumberArray | null | undefined;
  /** Depreciation and amortisation. Default: 0.0. */
  da?: number | NumberArray | undefined;
  /** Interest expense; 0 by default. */
  interest?: number | NumberArray | null | undefined;
  /** Debt less cash. Default: 0.0. */
  netDebt?: number | undefined;
  /** Tax rate; required of the acquirer, whose rate is the target's default. */
  taxRate?: number | null | undefined;
  /** Options on shares of the target, taken at the offer price. Default: []. */
  options?: ReadonlyArray<MergerInputsTargetOptions> | undefined;
  /** Book value of the target's equity, for goodwill. */
  bookEquity?: number | null | undefined;
  /** Goodwill that is already in the target's books. Default: 0.0. */
  existingGoodwill?: number | undefined;
}

/** What is offered for the target's equity. */
export interface MergerInputsOffer {
  /** Price of all diluted shares. */
  equityPrice?: number | null | undefined;
  /** Price of one share. */
  pricePerShare?: number | null | undefined;
  /** Price of one share over its market price, less 1. */
  premium?: number | null | undefined;
  /** Acquirer's shares for one of the target. */
  exchangeRatio?: number | null | undefined;
  /** Cash for one share beside the exchange ratio; 0 by default. */
  cashPerShare?: number | null | undefined;
}

/** Cash and shares as parts of the price; required unless the offer is an exchange ratio. */
export interface MergerInputsConsideration {
  /** Part paid in cash. */
  cashPct: number;
  /** Part paid in shares of the acquirer, at their market price. */
  stockPct: number;
}

/** Where the cash comes from. */
export interface MergerInputsFinancing {
  /** Cash of the parties that is spent. Default: 0.0. */
  cashOnHand?: number | undefined;
  /** Pre-tax yield which that cash no longer earns. Default: 0.0. */
  cashYield?: number | undefined;
  /** Interest rate of new debt; required if there is any. */
  newDebtRate?: number | null | undefined;
  /** Part of the original new debt that is repaid each year. Default: 0.0. */
  newDebtAmortization?: number | undefined;
  /** Whether the target's net debt is repaid with new debt. Default: false. */
  refinanceTargetDebt?: boolean | undefined;
  /** Fees of the lenders, paid in cash. Default: 0.0. */
  financingFees?: number | undefined;
  /** Years over which the lenders' fees are written off. Default: 5.0. */
  feeYears?: number | undefined;
}

/** Allocation of the purchase price. */
export interface MergerInputsPpa {
  /** Intangible assets newly recognised. Default: 0.0. */
  intangibles?: number | undefined;
  /** Years over which they are written off; required if there are any. */
  intangiblesLife?: number | null | undefined;
  /** Increase in the book value of other assets. Default: 0.0. */
  assetStepUp?: number | undefined;
  /** Years over which the increase is written off; required if there is one. */
  assetLife?: number | null | undefined;
  /** Whether a deferred tax liability is set up. Default: true. */
  deferredTax?: boolean | undefined;
}

/** What the parties gain by acting together. */
export interface MergerInputsSynergies {
  /** Costs saved a year. Default: 0.0. */
  cost?: number | undefined;
  /** Revenue added a year. Default: 0.0. */
  revenue?: number | undefined;
  /** Profit margin of that revenue; required if there is any. */
  revenueMargin?: number | null | undefined;
  /** Part achieved, year by year; the last one holds from then on. Default: [1.0]. */
  ramp?: NumberArray | undefined;
  /** Years they last; for as long as is looked ahead by default. */
  duration?: number | null | undefined;
  /** One-off costs, year by year. Default: []. */
  costToAchieve?: NumberArray | undefined;
  /** Growth a year. Default: 0.0. */
  growth?: number | undefined;
  /** Rate that discounts them; required if there are any. */
  discountRate?: number | null | undefined;
  /** Whether the last year's synergies go on for ever in present value. Default: false. */
  perpetual?: boolean | undefined;
}

/** An acquisition: its effect on earnings per share, the price, and who gains. */
export interface MergerInputs {
  /** Years after the merger. Default: 3. */
  years?: number | undefined;
  /** The party that buys. */
  acquirer: MergerInputsAcquirer;
  /** The party that is bought. */
  target: MergerInputsTarget;
  /** What is offered for the target's equity. */
  offer: MergerInputsOffer;
  /** Cash and shares as parts of the price; required unless the offer is an exchange ratio. */
  consideration?: MergerInputsConsideration | null | undefined;
  /** Where the cash comes from. Default: {"cash_on_hand":0.0,"cash_yield":0.0,"new_debt_rate":null,"new_debt_amortization":0.0,"refinance_target_debt":false,"financing_fees":0.0,"fee_years":5.0}. */
  financing?: MergerInputsFinancing | undefined;
  /** Fees of advisers, paid in cash and not deductible. Default: 0.0. */
  advisoryFees?: number | undefined;
  /** Whether the advisers' fees are charged to net income of year 1. Default: false. */
  expenseFees?: boolean | undefined;
  /** Allocation of the purchase price. Default: {"intangibles":0.0,"intangibles_life":null,"asset_step_up":0.0,"asset_life":null,"deferred_tax":true}. */
  ppa?: MergerInputsPpa | undefined;
  /** What the parties gain by acting together. Default: {"cost":0.0,"revenue":0.0,"revenue_margin":null,"ramp":[1.0],"duration":null,"cost_to_achieve":[],"growth":0.0,"discount_rate":null,"perpetual":false}. */
  synergies?: MergerInputsSynergies | undefined;
  /** Equity value of the target by itself; by default its share price times diluted shares. */
  standaloneTargetValue?: number | null | undefined;
  /** The year in which the maximum price leaves earnings per share as they are. Default: 1. */
  maxPriceYear?: number | undefined;
}

/** Where the money comes from. */
export interface MergerResultSources {
  /** Cash of the parties. */
  readonly cashOnHand: number;
  /** Debt taken up. */
  readonly newDebt: number;
  /** Shares issued, at their market price. */
  readonly stock: number;
  /** The sum. */
  readonly total: number;
}

/** Where it goes. */
export interface MergerResultUses {
  /** Price of the target's equity. */
  readonly equityPrice: number;
  /** Debt of the target that is repaid. */
  readonly refinancedDebt: number;
  /** Fees of advisers. */
  readonly advisoryFees: number;
  /** Fees of lenders. */
  readonly financingFees: number;
  /** The sum. */
  readonly total: number;
}

/** Year by year. */
export interface MergerResultSchedule {
  /** Net income of the acquirer by itself. */
  readonly acquirerNetIncome: Array<number>;
  /** Net income of the target by itself. */
  readonly targetNetIncome: Array<number>;
  /** Synergies before tax and costs to achieve. */
  readonly synergies: Array<number>;
  /** Interest on new debt, yield forgone and lenders' fees written off, before tax. */
  readonly financingCost: Array<number>;
  /** Write-off of what the price was allocated to, before tax. */
  readonly amortization: Array<number>;
  /** Net income of the combined company. */
  readonly proFormaNetIncome: Array<number>;
  /** Its shares. */
  readonly proFormaShares: Array<number>;
  /** Earnings per share of the acquirer by itself. */
  readonly acquirerEps: Array<number>;
  /** Earnings per share of the combined company. */
  readonly proFormaEps: Array<number>;
  /** The same before the write-off of what the price was allocated to. */
  readonly cashEps: Array<number>;
  /** Pro forma less standalone earnings per share. */
  readonly accretion: Array<number>;
  /** That over standalone earnings per share; null unless these are positive. */
  readonly accretionPct: Array<number | null>;
  /** Pre-tax synergies that leave earnings per share as they are; negative is a cushion. */
  readonly breakevenSynergies: Array<number>;
}

/** Parts of revenue. */
export interface MergerResultContributionRevenue {
  /** The acquirer's. */
  readonly acquirer: number;
  /** The target's. */
  readonly target: number;
}

/** Parts of operating profit before depreciation. */
export interface MergerResultContributionEbitda {
  /** The acquirer's. */
  readonly acquirer: number;
  /** The target's. */
  readonly target: number;
}

/** Parts of net income. */
export interface MergerResultContributionNetIncome {
  /** The acquirer's. */
  readonly acquirer: number;
  /** The target's. */
  readonly target: number;
}

/** Parts owned. */
export interface MergerResultContributionOwnership {
  /** The acquirer's. */
  readonly acquirer: number;
  /** The target's. */
  readonly target: number;
}

/** What each party brings, beside what it owns. */
export interface MergerResultContribution {
  /** Parts of revenue. */
  readonly revenue: MergerResultContributionRevenue | null;
  /** Parts of operating profit before depreciation. */
  readonly ebitda: MergerResultContributionEbitda | null;
  /** Parts of net income. */
  readonly netIncome: MergerResultContributionNetIncome | null;
  /** Parts owned. */
  readonly ownership: MergerResultContributionOwnership;
}

/** Something that deserves a second look. */
export interface MergerResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Price, financing, effect on earnings per share, and who gains. */
export interface MergerResult {
  /** Price of the target's equity. */
  readonly equityPrice: number;
  /** Price of one share of the target. */
  readonly offerPrice: number;
  /** Offer price over market price, less 1; null without a market price. */
  readonly premium: number | null;
  /** Equity price and the target's net debt. */
  readonly transactionEv: number;
  /** That over revenue of year 1; null when missing or not positive. */
  readonly evRevenue: number | null;
  /** That over operating profit before depreciation of year 1; null when missing or not positive. */
  readonly evEbitda: number | null;
  /** Shares the acquirer issues. */
  readonly newShares: number;
  /** New shares for one diluted share of the target. */
  readonly exchangeRatio: number;
  /** Part of the combined company that the target's holders own. */
  readonly ownershipTarget: number;
  /** Part of the price paid in cash. */
  readonly cashConsideration: number;
  /** Part of the price paid in shares. */
  readonly stockConsideration: number;
  /** Debt taken up. */
  readonly newDebt: number;
  /** Where the money comes from. */
  readonly sources: MergerResultSources;
  /** Where it goes. */
  readonly uses: MergerResultUses;
  /** Net debt of the combined company. */
  readonly proFormaNetDebt: number;
  /** That over combined operating profit before depreciation of year 1; null when missing or not positive. */
  readonly leverage: number | null;
  /** The same with the synergies of year 1. */
  readonly leverageWithSynergies: number | null;
  /** Goodwill, 0 for a bargain purchase; null without book_equity. */
  readonly goodwill: number | null;
  /** Tax on the difference between new book values and those for tax. */
  readonly deferredTaxLiability: number;
  /** What is bought for less than its net assets, 0 with goodwill; null without book_equity. */
  readonly bargainGain: number | null;
  /** Year by year. */
  readonly schedule: MergerResultSchedule;
  /** Equity price that leaves earnings per share in max_price_year as they are; null when there is none. */
  readonly maxPrice: number | null;
  /** Present value of synergies after tax and costs to achieve. */
  readonly pvSynergies: number;
  /** What the acquirer's holders gain; null without a standalone value of the target. */
  readonly gainAcquirer: number | null;
  /** What the target's holders gain; null without a standalone value of the target. */
  readonly gainTarget: number | null;
  /** Return on the price in year 1: the target's after-tax operating profit and synergies; null without ebitda. */
  readonly roic: number | null;
  /** What each party brings, beside what it owns. */
  readonly contribution: MergerResultContribution;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<MergerResultWarnings>;
}

/** Merger: earnings per share, maximum price and split of value */
export class Merger extends Engine<MergerInputs, MergerResult> {
  static readonly model: "merger";
  constructor(inputs: MergerInputs);
}

/** A company with a price, listed or bought. */
export interface ComparablesInputsPeers {
  /** Its name. */
  name: string;
  /** Enterprise value; by default market_cap and net_debt. */
  enterpriseValue?: number | null | undefined;
  /** Price of its equity; by default enterprise_value less net_debt. */
  marketCap?: number | null | undefined;
  /** Debt less cash. */
  netDebt?: number | null | undefined;
  /** Revenue. */
  revenue?: number | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | null | undefined;
  /** Operating profit. */
  ebit?: number | null | undefined;
  /** After-tax operating profit. */
  nopat?: number | null | undefined;
  /** Net income. */
  netIncome?: number | null | undefined;
  /** Book value of equity. */
  bookEquity?: number | null | undefined;
  /** Free cash flow to the firm. */
  fcff?: number | null | undefined;
  /** Further metrics by name. Default: {}. */
  metrics?: Record<string, number> | undefined;
  /** Date of the price; required with half_life. */
  date?: string | Date | null | undefined;
}

/** An amount with its name. */
export interface ComparablesInputsTargetBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface ComparablesInputsTargetBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value; instead of net_debt. */
export interface ComparablesInputsTargetBridge {
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
  otherClaims?: ReadonlyArray<ComparablesInputsTargetBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<ComparablesInputsTargetBridgeOtherAssets> | undefined;
}

/** The company to be valued. */
export interface ComparablesInputsTarget {
  /** Debt less cash; instead of bridge. */
  netDebt?: number | null | undefined;
  /** From enterprise to equity value; instead of net_debt. */
  bridge?: ComparablesInputsTargetBridge | null | undefined;
  /** Diluted shares, for a value per share. */
  shares?: number | null | undefined;
  /** Revenue. */
  revenue?: number | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | null | undefined;
  /** Operating profit. */
  ebit?: number | null | undefined;
  /** After-tax operating profit. */
  nopat?: number | null | undefined;
  /** Net income. */
  netIncome?: number | null | undefined;
  /** Book value of equity. */
  bookEquity?: number | null | undefined;
  /** Free cash flow to the firm. */
  fcff?: number | null | undefined;
  /** Further metrics by name. Default: {}. */
  metrics?: Record<string, number> | undefined;
}

/** A multiple explained by metrics, beside the statistics. */
export interface ComparablesInputsRegression {
  /** The multiple, such as ev/ebitda. */
  multiple: string;
  /** Names of the metrics that explain it. */
  drivers: ReadonlyArray<string>;
}

/** A company valued by the multiples of comparable listed companies. */
export interface ComparablesInputs {
  /** The companies compared with. */
  peers: ReadonlyArray<ComparablesInputsPeers>;
  /** The company to be valued. */
  target: ComparablesInputsTarget;
  /** Multiples by numerator and metric: ev/ebitda, p/net_income. */
  multiples: ReadonlyArray<string>;
  /** What is taken of the peers. Default: "median". */
  statistic?: "median" | "mean" | "harmonic_mean" | "trimmed_mean" | "quantile" | undefined;
  /** Probability of the statistic quantile. Default: 0.5. */
  quantile?: number | undefined;
  /** Share of peers that a trimmed mean leaves out at each end. Default: 0.1. */
  trim?: number | undefined;
  /** Which multiples are left out as too far from the others. Default: "none". */
  outliers?: "none" | "iqr" | "mad" | undefined;
  /** How far is too far; 1.5 for iqr, 3.5 for mad by default. */
  outlierK?: number | null | undefined;
  /** Weight of each multiple in mid; equal by default. */
  weights?: NumberArray | null | undefined;
  /** A multiple explained by metrics, beside the statistics. */
  regression?: ComparablesInputsRegression | null | undefined;
  /** Control premium put on equity values of p multiples. Default: 0.0. */
  premium?: number | undefined;
}

/** The multiple of one peer. */
export interface ComparablesResultMultiplesValues {
  /** The peer. */
  readonly name: string;
  /** Its multiple; null when it has no meaning. */
  readonly value: number | null;
  /** Whether it is left out. */
  readonly excluded: boolean;
  /** Why; null when it is not. */
  readonly reason: string | null;
}

/** One multiple over the peers, and what it implies for the target. */
export interface ComparablesResultMultiples {
  /** The multiple of each peer, in their order. */
  readonly values: Array<ComparablesResultMultiplesValues>;
  /** Peers used. */
  readonly nUsed: number;
  /** Smallest. */
  readonly min: number;
  /** Quantile at 0.25. */
  readonly p25: number;
  /** Median. */
  readonly median: number;
  /** Quantile at 0.75. */
  readonly p75: number;
  /** Largest. */
  readonly max: number;
  /** Mean, weighted by age where there is a half_life. */
  readonly mean: number;
  /** Harmonic mean, weighted likewise. */
  readonly harmonicMean: number;
  /** Standard deviation with n - 1; null for a single peer. */
  readonly sd: number | null;
  /** What is applied to the target. */
  readonly applied: number;
  /** Enterprise value implied; null when the target's metric is not positive or its net debt not told. */
  readonly impliedEv: number | null;
  /** Equity value implied; null when the target's metric is not positive. */
  readonly impliedEquity: number | null;
  /** That per share; null without shares. */
  readonly impliedPerShare: number | null;
}

/** The regression; null when none was asked for. */
export interface ComparablesResultRegression {
  /** Intercept, then a coefficient for each driver. */
  readonly coefficients: Array<number>;
  /** Their standard errors. */
  readonly se: Array<number>;
  /** Part of the variance explained; null when all multiples are equal. */
  readonly r2: number | null;
  /** The target's multiple. */
  readonly predicted: number;
  /** Standard error of that prediction. */
  readonly predictionSe: number;
}

/** Something that deserves a second look. */
export interface ComparablesResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Values of equity by multiples, and how each came about. */
export interface ComparablesResult {
  /** Lowest implied equity value. */
  readonly low: number;
  /** Weighted mean of the implied equity values. */
  readonly mid: number;
  /** Highest implied equity value. */
  readonly high: number;
  /** Each multiple by its name. */
  readonly multiples: Record<string, ComparablesResultMultiples>;
  /** The regression; null when none was asked for. */
  readonly regression: ComparablesResultRegression | null;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<ComparablesResultWarnings>;
}

/** Value of equity by the multiples of comparable listed companies */
export class Comparables extends Engine<ComparablesInputs, ComparablesResult> {
  static readonly model: "comparables";
  constructor(inputs: ComparablesInputs);
}

/** A company with a price, listed or bought. */
export interface PrecedentsInputsPeers {
  /** Its name. */
  name: string;
  /** Enterprise value; by default market_cap and net_debt. */
  enterpriseValue?: number | null | undefined;
  /** Price of its equity; by default enterprise_value less net_debt. */
  marketCap?: number | null | undefined;
  /** Debt less cash. */
  netDebt?: number | null | undefined;
  /** Revenue. */
  revenue?: number | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | null | undefined;
  /** Operating profit. */
  ebit?: number | null | undefined;
  /** After-tax operating profit. */
  nopat?: number | null | undefined;
  /** Net income. */
  netIncome?: number | null | undefined;
  /** Book value of equity. */
  bookEquity?: number | null | undefined;
  /** Free cash flow to the firm. */
  fcff?: number | null | undefined;
  /** Further metrics by name. Default: {}. */
  metrics?: Record<string, number> | undefined;
  /** Date of the price; required with half_life. */
  date?: string | Date | null | undefined;
}

/** An amount with its name. */
export interface PrecedentsInputsTargetBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface PrecedentsInputsTargetBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value; instead of net_debt. */
export interface PrecedentsInputsTargetBridge {
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
  otherClaims?: ReadonlyArray<PrecedentsInputsTargetBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<PrecedentsInputsTargetBridgeOtherAssets> | undefined;
}

/** The company to be valued. */
export interface PrecedentsInputsTarget {
  /** Debt less cash; instead of bridge. */
  netDebt?: number | null | undefined;
  /** From enterprise to equity value; instead of net_debt. */
  bridge?: PrecedentsInputsTargetBridge | null | undefined;
  /** Diluted shares, for a value per share. */
  shares?: number | null | undefined;
  /** Revenue. */
  revenue?: number | null | undefined;
  /** Operating profit before depreciation and amortisation. */
  ebitda?: number | null | undefined;
  /** Operating profit. */
  ebit?: number | null | undefined;
  /** After-tax operating profit. */
  nopat?: number | null | undefined;
  /** Net income. */
  netIncome?: number | null | undefined;
  /** Book value of equity. */
  bookEquity?: number | null | undefined;
  /** Free cash flow to the firm. */
  fcff?: number | null | undefined;
  /** Further metrics by name. Default: {}. */
  metrics?: Record<string, number> | undefined;
}

/** A multiple explained by metrics, beside the statistics. */
export interface PrecedentsInputsRegression {
  /** The multiple, such as ev/ebitda. */
  multiple: string;
  /** Names of the metrics that explain it. */
  drivers: ReadonlyArray<string>;
}

/** A company valued by the multiples paid in earlier transactions; these hold a control premium already. */
export interface PrecedentsInputs {
  /** The companies compared with. */
  peers: ReadonlyArray<PrecedentsInputsPeers>;
  /** The company to be valued. */
  target: PrecedentsInputsTarget;
  /** Multiples by numerator and metric: ev/ebitda, p/net_income. */
  multiples: ReadonlyArray<string>;
  /** What is taken of the peers. Default: "median". */
  statistic?: "median" | "mean" | "harmonic_mean" | "trimmed_mean" | "quantile" | undefined;
  /** Probability of the statistic quantile. Default: 0.5. */
  quantile?: number | undefined;
  /** Share of peers that a trimmed mean leaves out at each end. Default: 0.1. */
  trim?: number | undefined;
  /** Which multiples are left out as too far from the others. Default: "none". */
  outliers?: "none" | "iqr" | "mad" | undefined;
  /** How far is too far; 1.5 for iqr, 3.5 for mad by default. */
  outlierK?: number | null | undefined;
  /** Weight of each multiple in mid; equal by default. */
  weights?: NumberArray | null | undefined;
  /** A multiple explained by metrics, beside the statistics. */
  regression?: PrecedentsInputsRegression | null | undefined;
  /** Control premium put on equity values of p multiples. Default: 0.0. */
  premium?: number | undefined;
  /** Date of the valuation; with half_life. */
  asOf?: string | Date | null | undefined;
  /** Years after which a transaction counts half in means; with as_of. */
  halfLife?: number | null | undefined;
}

/** The multiple of one peer. */
export interface PrecedentsResultMultiplesValues {
  /** The peer. */
  readonly name: string;
  /** Its multiple; null when it has no meaning. */
  readonly value: number | null;
  /** Whether it is left out. */
  readonly excluded: boolean;
  /** Why; null when it is not. */
  readonly reason: string | null;
}

/** One multiple over the peers, and what it implies for the target. */
export interface PrecedentsResultMultiples {
  /** The multiple of each peer, in their order. */
  readonly values: Array<PrecedentsResultMultiplesValues>;
  /** Peers used. */
  readonly nUsed: number;
  /** Smallest. */
  readonly min: number;
  /** Quantile at 0.25. */
  readonly p25: number;
  /** Median. */
  readonly median: number;
  /** Quantile at 0.75. */
  readonly p75: number;
  /** Largest. */
  readonly max: number;
  /** Mean, weighted by age where there is a half_life. */
  readonly mean: number;
  /** Harmonic mean, weighted likewise. */
  readonly harmonicMean: number;
  /** Standard deviation with n - 1; null for a single peer. */
  readonly sd: number | null;
  /** What is applied to the target. */
  readonly applied: number;
  /** Enterprise value implied; null when the target's metric is not positive or its net debt not told. */
  readonly impliedEv: number | null;
  /** Equity value implied; null when the target's metric is not positive. */
  readonly impliedEquity: number | null;
  /** That per share; null without shares. */
  readonly impliedPerShare: number | null;
}

/** The regression; null when none was asked for. */
export interface PrecedentsResultRegression {
  /** Intercept, then a coefficient for each driver. */
  readonly coefficients: Array<number>;
  /** Their standard errors. */
  readonly se: Array<number>;
  /** Part of the variance explained; null when all multiples are equal. */
  readonly r2: number | null;
  /** The target's multiple. */
  readonly predicted: number;
  /** Standard error of that prediction. */
  readonly predictionSe: number;
}

/** Something that deserves a second look. */
export interface PrecedentsResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** Values of equity by multiples, and how each came about. */
export interface PrecedentsResult {
  /** Lowest implied equity value. */
  readonly low: number;
  /** Weighted mean of the implied equity values. */
  readonly mid: number;
  /** Highest implied equity value. */
  readonly high: number;
  /** Each multiple by its name. */
  readonly multiples: Record<string, PrecedentsResultMultiples>;
  /** The regression; null when none was asked for. */
  readonly regression: PrecedentsResultRegression | null;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<PrecedentsResultWarnings>;
}

/** Value of equity by the multiples paid in earlier transactions */
export class Precedents extends Engine<PrecedentsInputs, PrecedentsResult> {
  static readonly model: "precedents";
  constructor(inputs: PrecedentsInputs);
}

/** A part of the company: value, or metric and multiple, or model and input. */
export interface SotpInputsSegments {
  /** Its name. */
  name: string;
  /** Part of it that the company owns. Default: 1.0. */
  ownership?: number | undefined;
  /** Its enterprise value. */
  value?: number | null | undefined;
  /** What the multiple applies to. */
  metric?: number | null | undefined;
  /** Multiple of the metric. */
  multiple?: number | null | undefined;
  /** Name of the model that values it. */
  model?: string | null | undefined;
  /** That model's input. */
  input?: unknown | null | undefined;
  /** Path of that model's output; enterprise_value by default. */
  output?: string | null | undefined;
}

/** What the centre costs, subtracted. */
export interface SotpInputsCorporateCosts {
  /** Costs of a year. */
  annual?: number | null | undefined;
  /** Years' costs that they are worth. */
  multiple?: number | null | undefined;
  /** Their value. */
  value?: number | null | undefined;
}

/** An amount with its name. */
export interface SotpInputsBridgeOtherClaims {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** An amount with its name. */
export interface SotpInputsBridgeOtherAssets {
  /** What it is. */
  name: string;
  /** The amount. */
  amount: number;
}

/** From enterprise to equity value. */
export interface SotpInputsBridge {
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
  otherClaims?: ReadonlyArray<SotpInputsBridgeOtherClaims> | undefined;
  /** Further assets, added. Default: []. */
  otherAssets?: ReadonlyArray<SotpInputsBridgeOtherAssets> | undefined;
}

/** A number of options with one strike. */
export interface SotpInputsOptions {
  /** How many. */
  count: number;
  /** Strike price. */
  strike: number;
}

/** Convertible debt, exchanged for shares when they are worth more than the principal. */
export interface SotpInputsConvertibles {
  /** Amount owed. */
  principal: number;
  /** Shares it converts into. */
  shares: number;
}

/** A company valued by its parts. */
export interface SotpInputs {
  /** The parts. */
  segments: ReadonlyArray<SotpInputsSegments>;
  /** What the centre costs, subtracted. */
  corporateCosts?: SotpInputsCorporateCosts | null | undefined;
  /** Discount on the sum of segments less costs. Default: 0.0. */
  holdingDiscount?: number | undefined;
  /** From enterprise to equity value. Default: {"net_debt":null,"debt":null,"cash":null,"leases":0.0,"pension_deficit":0.0,"preferred":0.0,"minority_interest":0.0,"associates":0.0,"non_operating_assets":0.0,"other_claims":[],"other_assets":[]}. */
  bridge?: SotpInputsBridge | undefined;
  /** Basic shares outstanding. */
  shares?: number | null | undefined;
  /** Options on shares. Default: []. */
  options?: ReadonlyArray<SotpInputsOptions> | undefined;
  /** Restricted share units. */
  rsus?: number | null | undefined;
  /** Convertible debt; its principal is part of debt. Default: []. */
  convertibles?: ReadonlyArray<SotpInputsConvertibles> | undefined;
  /** Share price at which dilution is taken; by default it is solved for. */
  treasuryPrice?: number | null | undefined;
}

/** The value of a part. */
export interface SotpResultSegments {
  /** Its name. */
  readonly name: string;
  /** Value of the part that is owned. */
  readonly value: number;
  /** That over the sum of all parts; null when the sum is not positive. */
  readonly share: number | null;
}

/** Something that deserves a second look. */
export interface SotpResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** The value of the whole, and of each part. */
export interface SotpResult {
  /** Each part, in its order. */
  readonly segments: Array<SotpResultSegments>;
  /** Value of the parts less costs and discount. */
  readonly enterpriseValue: number;
  /** Value of equity. */
  readonly equityValue: number;
  /** Value per diluted share; null without shares. */
  readonly valuePerShare: number | null;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<SotpResultWarnings>;
}

/** Sum of the parts: segments by value, multiple or model, less costs and discount */
export class Sotp extends Engine<SotpInputs, SotpResult> {
  static readonly model: "sotp";
  constructor(inputs: SotpInputs);
}

/** A method: low, mid and high, or a model with its input and the values of one path. */
export interface FootballFieldInputsRows {
  /** Its name. */
  name: string;
  /** Low end. */
  low?: number | null | undefined;
  /** Value between. */
  mid?: number | null | undefined;
  /** High end. */
  high?: number | null | undefined;
  /** Name of the model. */
  model?: string | null | undefined;
  /** Its base input, which gives mid. */
  input?: unknown | null | undefined;
  /** Path of its output; the model's primary by default. */
  output?: string | null | undefined;
  /** Path of the input that is varied; a pattern sets all its numbers. */
  path?: string | null | undefined;
  /** Value of the path at one end. */
  lowValue?: number | null | undefined;
  /** Value of the path at the other end. */
  highValue?: number | null | undefined;
}

/** Ranges of several methods for one value. */
export interface FootballFieldInputs {
  /** The methods. */
  rows: ReadonlyArray<FootballFieldInputsRows>;
  /** What the ranges are compared with. */
  price?: number | null | undefined;
}

/** The range of a method. */
export interface FootballFieldResultRows {
  /** Its name. */
  readonly name: string;
  /** Low end. */
  readonly low: number;
  /** Value between; of a model its base value, which may lie outside. */
  readonly mid: number;
  /** High end. */
  readonly high: number;
  /** Low over price, less 1; null without a price. */
  readonly upsideLow: number | null;
  /** High over price, less 1; null without a price. */
  readonly upsideHigh: number | null;
}

/** What lies in every row, from the highest low to the lowest high; null when nothing does. */
export interface FootballFieldResultOverlap {
  /** Low end. */
  readonly low: number;
  /** High end. */
  readonly high: number;
}

/** From the lowest low to the highest high. */
export interface FootballFieldResultRange {
  /** Low end. */
  readonly low: number;
  /** High end. */
  readonly high: number;
}

/** Something that deserves a second look. */
export interface FootballFieldResultWarnings {
  /** Stable snake_case code. */
  readonly code: string;
  /** Path it concerns. */
  readonly field: string;
  /** What was found. */
  readonly message: string;
}

/** The rows, and what they have in common. */
export interface FootballFieldResult {
  /** Each method, in its order. */
  readonly rows: Array<FootballFieldResultRows>;
  /** What lies in every row, from the highest low to the lowest high; null when nothing does. */
  readonly overlap: FootballFieldResultOverlap | null;
  /** From the lowest low to the highest high. */
  readonly range: FootballFieldResultRange;
  /** What deserves a second look; a warning never changes a number. */
  readonly warnings: Array<FootballFieldResultWarnings>;
}

/** Ranges of several valuation methods side by side, and where they overlap */
export class FootballField extends Engine<FootballFieldInputs, FootballFieldResult> {
  static readonly model: "football_field";
  constructor(inputs: FootballFieldInputs);
}
