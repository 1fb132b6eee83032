// Written by `cargo xtask generate`; edit the core instead.

import { Engine } from "./engine.js";

export class Npv extends Engine {
  static model = "npv";
}

export class Xnpv extends Engine {
  static model = "xnpv";
}

export class Irr extends Engine {
  static model = "irr";
}

export class Xirr extends Engine {
  static model = "xirr";
}

export class Mirr extends Engine {
  static model = "mirr";
}

export class Pmt extends Engine {
  static model = "pmt";
}

export class Pv extends Engine {
  static model = "pv";
}

export class Fv extends Engine {
  static model = "fv";
}

export class Nper extends Engine {
  static model = "nper";
}

export class Rate extends Engine {
  static model = "rate";
}

export class Ipmt extends Engine {
  static model = "ipmt";
}

export class Ppmt extends Engine {
  static model = "ppmt";
}

export class YearFraction extends Engine {
  static model = "year_fraction";
}

export class ConvertRate extends Engine {
  static model = "convert_rate";
}

export class Payback extends Engine {
  static model = "payback";
}

export class Capm extends Engine {
  static model = "capm";
}

export class UnleverBeta extends Engine {
  static model = "unlever_beta";
}

export class ReleverBeta extends Engine {
  static model = "relever_beta";
}

export class PeerBeta extends Engine {
  static model = "peer_beta";
}

export class SyntheticRating extends Engine {
  static model = "synthetic_rating";
}

export class Wacc extends Engine {
  static model = "wacc";
}

export class Dcf extends Engine {
  static model = "dcf";
}

export class Ddm extends Engine {
  static model = "ddm";
}

export class ResidualIncome extends Engine {
  static model = "residual_income";
}

export class Eva extends Engine {
  static model = "eva";
}

export class Apv extends Engine {
  static model = "apv";
}

export class Fcfe extends Engine {
  static model = "fcfe";
}

export class Reconcile extends Engine {
  static model = "reconcile";
}

export class Lbo extends Engine {
  static model = "lbo";
}

export class Merger extends Engine {
  static model = "merger";
}

export class Comparables extends Engine {
  static model = "comparables";
}

export class Precedents extends Engine {
  static model = "precedents";
}

export class Sotp extends Engine {
  static model = "sotp";
}

export class FootballField extends Engine {
  static model = "football_field";
}
