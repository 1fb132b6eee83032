// Distributions of drawn inputs. Each is sampled by its inverse, so that every sampling scheme and
// copula works.

const made = (type, parameters) => Object.freeze({ type, ...Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) });

/** A draw at `path`; `mode` is "set", "shift" or "scale", `name` labels it in results. */
export const draw = (path, distribution, { mode = "set", name } = {}) =>
  Object.freeze({ path, distribution, mode, ...(name === undefined ? {} : { name }) });

/** Always `value`. */
export const constant = (value) => made("constant", { value });
/** Normal with this mean and standard deviation. */
export const normal = (mean, sd) => made("normal", { mean, sd });
/** Lognormal by its own `mean` and `sd`, or by the `mu` and `sigma` of its logarithm, moved by `shift`. */
export const lognormal = ({ mean, sd, mu, sigma, shift }) => made("lognormal", { mean, sd, mu, sigma, shift });
/** Uniform between `low` and `high`. */
export const uniform = (low, high) => made("uniform", { low, high });
/** Triangular with its peak at `mode`. */
export const triangular = (low, mode, high) => made("triangular", { low, mode, high });
/** A smooth triangular: a beta between `low` and `high`, the more peaked the larger `shape` (4). */
export const pert = (low, mode, high, shape) => made("pert", { low, mode, high, shape });
/** Beta between `low` (0) and `high` (1). */
export const beta = (alpha, beta, low, high) => made("beta", { alpha, beta, low, high });
/** Student's t; `scale` is not the standard deviation. */
export const studentT = (df, location = 0, scale = 1) => made("student_t", { df, location, scale });
/** Gamma with mean `shift + shape * scale`. */
export const gamma = (shape, scale, shift) => made("gamma", { shape, scale, shift });
/** Observations: linear between them, or with `interpolation: "step"` the observations themselves. */
export const empirical = (values, { weights, interpolation } = {}) => made("empirical", { values, weights, interpolation });
/** One of `values` with these probabilities, which sum to 1. */
export const discrete = (values, probabilities) => made("discrete", { values, probabilities });
/** `of` given that it falls between `low` and `high`; nothing gathers at the bounds. */
export const truncated = (of, low, high) => made("truncated", { of, low, high });
