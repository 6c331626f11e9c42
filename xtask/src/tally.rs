//! Counts what test runners report, and says the last word of a test run.
//! It runs no test.

use std::fmt;

use anyhow::{Result, bail};

/// How many tests passed, failed and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    /// Adds what `cargo test` printed, and gives back that alone.
    pub fn count_cargo(&mut self, printed: &str) -> Self {
        let mut counted = Self::default();
        for line in printed.lines().filter(|line| line.starts_with("test result: ")) {
            // "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.06s"
            for part in line.split([';', '.']) {
                counted.add(part);
            }
        }
        self.plus(counted)
    }

    /// Adds what Playwright printed at its end, and gives back that alone.
    pub fn count_playwright(&mut self, printed: &str) -> Self {
        let mut counted = Self::default();
        // "  2 failed", the names of those, "  1 skipped", "  10 passed (12.3s)"
        for line in printed.lines() {
            counted.add(line.split('(').next().unwrap_or_default());
        }
        self.plus(counted)
    }

    /// Adds what Node.js' own test runner printed at its end, and gives back that alone.
    pub fn count_node(&mut self, printed: &str) -> Self {
        let mut counted = Self::default();
        // "ℹ pass 12", "ℹ fail 1"; what a filter leaves out is said to be skipped.
        for line in printed.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["ℹ", "pass", count] => counted.passed += count.parse().unwrap_or(0),
                ["ℹ", "fail", count] => counted.failed += count.parse().unwrap_or(0),
                _ => {}
            }
        }
        self.plus(counted)
    }

    /// How many failed.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Prints the closing line; an error when a test failed.
    pub fn close(self) -> Result<()> {
        println!("\n{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 {
            bail!("not every test passed");
        }
        Ok(())
    }

    fn add(&mut self, words: &str) {
        let mut words = words.split_whitespace();
        let (Some(count), Some(what), None) = (words.next(), words.next(), words.next()) else { return };
        let Ok(count) = count.parse::<usize>() else { return };
        match what {
            // Flaky is what passed only when tried again.
            "passed" | "flaky" => self.passed += count,
            "failed" | "interrupted" => self.failed += count,
            "skipped" | "ignored" => self.skipped += count,
            _ => {}
        }
    }

    fn plus(&mut self, counted: Self) -> Self {
        self.passed += counted.passed;
        self.failed += counted.failed;
        self.skipped += counted.skipped;
        counted
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} SKIPPED", self.skipped)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_results_of_all_of_cargos_test_binaries_are_summed() {
        let mut tally = Tally::default();
        let printed = "test a ... ok\n\ntest result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.06s\n\
                       test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.10s\n";
        assert_eq!(tally.count_cargo(printed), Tally { passed: 15, failed: 2, skipped: 1 });
        assert_eq!(tally.to_string(), "15 passed, 2 failed, 1 SKIPPED");
    }

    #[test]
    fn the_end_of_a_playwright_run_is_understood() {
        let mut tally = Tally { passed: 1, ..Tally::default() };
        let printed = "  ✓  1 a.spec.ts:3:1 › opens (1.2s)\n\n  1 failed\n    [chromium] › b.spec.ts:9:1 › closes\n  1 skipped\n  1 flaky\n  10 passed (12.3s)\n";
        assert_eq!(tally.count_playwright(printed), Tally { passed: 11, failed: 1, skipped: 1 });
        assert_eq!(tally, Tally { passed: 12, failed: 1, skipped: 1 });
    }

    #[test]
    fn the_end_of_a_run_of_node_is_understood() {
        let mut tally = Tally::default();
        let printed = "✔ one (1.2ms)\n✖ two (0.8ms)\nℹ tests 9\nℹ suites 0\nℹ pass 7\nℹ fail 1\nℹ cancelled 0\nℹ skipped 1\n";
        assert_eq!(tally.count_node(printed), Tally { passed: 7, failed: 1, skipped: 0 });
    }
}
