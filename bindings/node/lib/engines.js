// Written by `cargo xtask generate`; edit the core instead.

import { Engine } from "./engine.js";

export class Npv extends Engine {
  static model = "npv";
}

export class Dcf extends Engine {
  static model = "dcf";
}
