//! Synthetic rating: a credit spread from interest cover, by a table that the caller supplies
//! (Damodaran, "Investment Valuation", chapter 8).

use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Problems, record, value_of};

record! {
    /// One row of the table.
    pub struct RatingRow {
        /// Least interest cover for this rating.
        pub min_cover: f64 [Domain::NUMBER],
        /// The rating.
        pub rating: String,
        /// Its spread over the risk-free rate.
        pub spread: f64 [Domain::FRACTION],
    }
}

record! {
    /// An interest cover and the table to read it by.
    pub struct SyntheticRating<N> {
        /// Operating profit over interest.
        pub interest_cover: N [Domain::NUMBER],
        /// The ratings, by falling cover.
        pub table: Vec<RatingRow>,
    }
}

record! {
    /// A rating.
    pub struct SyntheticRatingOutput {
        /// The rating.
        pub rating: String,
        /// Its spread.
        pub spread: f64 [Domain::FRACTION],
    }
}

impl SyntheticRating {
    /// Reads the table.
    pub fn value(&self) -> Result<SyntheticRatingOutput, Error> {
        value_of(self)
    }
}

impl Engine for SyntheticRating {
    const SPEC: ModelSpec = ModelSpec {
        name: "synthetic_rating",
        about: "Rating and credit spread from interest cover",
        version: "1.0.0",
        primary: "spread",
        feature: "basic_analytics",
    };

    type Output = SyntheticRatingOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.table.is_empty() {
            problems.refuse("table", serde_json::json!([]), "at least one row");
        }
        for (i, pair) in self.table.windows(2).enumerate() {
            if pair[1].min_cover >= pair[0].min_cover {
                problems.refuse(
                    format!("table[{}].min_cover", i + 1),
                    pair[1].min_cover,
                    format!("below that of the row before ({})", pair[0].min_cover),
                );
            }
        }
    }

    fn compute(&self) -> Result<SyntheticRatingOutput, Error> {
        let row = self.table.iter().find(|row| self.interest_cover >= row.min_cover);
        row.map(|row| SyntheticRatingOutput { rating: row.rating.clone(), spread: row.spread }).ok_or_else(|| {
            Error::undefined(
                "rating",
                format!("interest cover {} is below every row of the table", self.interest_cover),
            )
        })
    }
}
