//! LaTeX as people write it into titles and abstracts, as plain Unicode text.
//!
//! `$\alpha$` becomes α, `x^{-1}` x⁻¹, `Erd\H{o}s` Erdős. For what cannot set formulas: mail, terminals, feeds, search.
//!
//! Formulas stand between dollars, `\(…\)` or `\[…\]`; what surrounds them is text ([`mod@text`]), what they hold is
//! read by [`math`], both with the tables in [`symbols`]. A formula that is not understood as a whole stays as it was
//! written, without its dollars: half a translation says something else than the author does. A dollar is a sign of
//! money if the next one does not close it, by pandoc's rule: no space behind the first, none before the second, no
//! digit after it, unless a mark of LaTeX stands between. What arXiv's own converter (tex2utf of arxiv-base) reads is
//! read here as well.
//!
//! ```
//! assert_eq!(latex::readable(r"Erd\H{o}s graphs of $O(n^2)$ edges"), "Erdős graphs of O(n²) edges");
//! ```
//!
//! Always: the answer is one line without control characters and without those that turn the direction of text; it is
//! text, to be escaped where it is shown; no input makes it panic or recurse without bound, and the time that it takes
//! grows as the input does ([`formula`] says how).

mod formula;
mod math;
mod symbols;
mod text;

use formula::Formulas;
use plain_text::one_line;

/// The text with its LaTeX made readable, on one line.
#[must_use]
pub fn readable(source: &str) -> String {
    let source = one_line(source);
    if !source.contains(['\\', '$', '{', '`', '~']) && !source.contains("--") {
        return source;
    }
    let mut readable = String::with_capacity(source.len());
    let mut formulas = Formulas::new(&source);
    while let Some((before, formula)) = formulas.next() {
        readable.push_str(&text::convert(before));
        match math::convert(formula) {
            Some(math) => readable.push_str(math.trim()),
            None => readable.push_str(formula.trim()),
        }
    }
    readable.push_str(&text::convert(formulas.rest()));
    // A command can put together what no character of the source was.
    one_line(&readable)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::readable;

    #[test]
    fn formulas_become_unicode() {
        for (source, said) in [
            (r"$\alpha$-divergence", "α-divergence"),
            (r"An $O(n^2)$ algorithm", "An O(n²) algorithm"),
            (r"$10^{-3}$ and $x_{ij}$, $x_i^2$", "10⁻³ and xᵢⱼ, xᵢ²"),
            (r"functions on $\mathbb{R}^n$", "functions on ℝⁿ"),
            (r"$\mathcal{L}_1$ and $\mathbf{x}$", "L₁ and x"),
            (r"$x \in X$, $a\leq b$", "x ∈ X, a ≤ b"),
            (r"$\sim$50\% faster, 3$\times$ smaller", "∼50% faster, 3× smaller"),
            (r"$\frac{1}{2}$ and $\frac{a+b}{c}$", "1/2 and (a+b)/c"),
            (r"$\sqrt{x}$, $\sqrt{n+1}$", "√x, √(n+1)"),
            (r"$\hat{x}$ and $\bar y$", "x\u{302} and y\u{304}"),
            (r"$n-1$ and $a + b$", "n−1 and a + b"),
            (r"$\log n$ and $\log_2 n$", "log n and log₂ n"),
            (r"$90^\circ$, $f'$, $A^T$, $A^\top$", "90°, f′, Aᵀ, A^⊤"),
            (r"$k$-NN with $(k,\ell)$-sparse graphs", "k-NN with (k, ℓ)-sparse graphs"),
            (r"\(\pi^0\) and \[E=mc^2\]", "π⁰ and E = mc²"),
            (r"$x^{abQ}$", "x^(abQ)"),
            (r"$x_d$", "x_d"),
            (r"$\text{reward} > 0$", "reward > 0"),
            (r"$e^+e^-\to\mu^+\mu^-$", "e⁺e⁻ → μ⁺μ⁻"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn latex_in_text_becomes_plain_text() {
        for (source, said) in [
            (r"\textbf{Bold} and \emph{leaning}", "Bold and leaning"),
            (
                r#"Erd\H{o}s, Bal\'azs, Schr\"odinger, Fran\c{c}ois, \O rsted, na\"{\i}ve"#,
                "Erdős, Balázs, Schrödinger, François, Ørsted, naïve",
            ),
            (r"{\it Argus} looks at {ABC} twice", "Argus looks at ABC twice"),
            ("``quoted'' --- or -- not", "“quoted” — or – not"),
            (r"AB^{2} and G_{max}, x_{\foo}", r"AB² and Gₘₐₓ, x_\foo"),
            (r"Mo{Code} and {a, b}", r"Mo{Code} and {a, b}"),
            (r"5\% of \$10 \& more", "5% of $10 & more"),
            (r"Fig.~1 and ~50 more", "Fig. 1 and ~50 more"),
            (
                r"see \url{https://example.org/a_b} and \href{https://x.example}{this}",
                "see https://example.org/a_b and this (https://x.example)",
            ),
            (r"scores \textgreater 3 with \alpha = 2", "scores > 3 with α = 2"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn accents_and_letters_are_those_of_arxiv() {
        for (source, said) in [
            (
                r#"L\'evy flights, K\"{a}hler and \'swi\k{e}to, mi\k{e}dzy, go\'s\'c"#,
                "Lévy flights, Kähler and święto, między, gość",
            ),
            (
                r"{\DJ}akovo, {\dj}ur{\dj}ica, \TH or, \dh, \NG, \ng, \ETH{}, \eth",
                "Đakovo, đurđica, Þor, ð, Ŋ, ŋ, Ð, ð",
            ),
            (
                r"Kre\u{\i}n, \'{\i}, \^\i, \v{C}ech, \c{S}, \r{U}, \={a}, \.Z, \d{t}",
                "Kreĭn, í, î, Čech, Ş, Ů, ā, Ż, ṭ",
            ),
            (r#"\"Uber, na\"\i ve, \'{{e}}, {\'s}, \`{A}, \~n, \H{U}"#, "Über, naïve, é, ś, À, ñ, Ű"),
            (r"\guillemotleft a\guillemotright, \pounds 5, \S 3, \P", "«a», £ 5, § 3, ¶"),
            (r#"it\'s \"quoted\" and \"Also\""#, "it's \"quoted\" and \"Also\""),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn degrees_and_missing_backslashes_are_read() {
        for (source, said) in [
            (r"high-quality 360{\deg} video, full-360^{circ}", "high-quality 360° video, full-360°"),
            (r"space of R^{mtimes n}, \~8B models", "space of R^(m×n), ~8B models"),
            (r"$90\deg$ and $\deg f$", "90° and deg f"),
            (r"less than \0.1, \3) done", "less than 0.1, 3) done"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn urls_are_unchanged() {
        for (source, said) in [
            (
                r"at \url{https://example.org/a_b?x=1&y=2} and https://github.com/example/a_b--c \footnote{Foo}",
                "at https://example.org/a_b?x=1&y=2 and https://github.com/example/a_b--c (Foo)",
            ),
            (
                r"(https://example.org/~ada/x\_y--z). More -- text",
                "(https://example.org/~ada/x_y--z). More – text",
            ),
            (r"\href{https://x.example/a\%20b}{https://x.example/a\%20b}", "https://x.example/a%20b"),
            (r"www.example.org/``a'' \emph{b}", "www.example.org/``a'' b"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn dollar_amounts_are_recognized_as_by_pandoc() {
        for (source, said) in [
            ("Spending $5 per $n$ samples and $10 on $x^2$", "Spending $5 per n samples and $10 on x²"),
            (r"from \$5 to $k$", "from $5 to k"),
            ("$5-$10 and $20,000 or $n$", "$5-$10 and $20,000 or n"),
            (r"$ \alpha $ and $ 5", "α and $ 5"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn function_names_are_separated_by_spaces() {
        for (source, said) in [
            (r"$O(n\log n)$", "O(n log n)"),
            (r"O(n\log n)", "O(n log n)"),
            (r"$2\sin x\cos y$", "2 sin x cos y"),
            (r"$\arg\max_x f$", "arg maxₓ f"),
            (r"$a\not=b$, $\binom{n}{k}$, $n\equiv 0\pmod{4}$", "a ≠ b, (n choose k), n ≡ 0 (mod 4)"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
    }

    #[test]
    fn text_that_is_not_latex_is_unchanged() {
        for said in [
            "from $5 to $10",
            "costs $100M and $ 5",
            "a_b and x^2 & <b>",
            "C:\\new",
            "snake_case, #1, 100%",
            "Plain words; with: punctuation!",
        ] {
            assert_eq!(readable(said), said);
        }
    }

    #[test]
    fn unknown_commands_are_unchanged() {
        for (source, said) in [
            (r"$\foo{x}^2$", r"\foo{x}^2"),
            (r"$\begin{matrix}a&b\end{matrix}$", r"\begin{matrix}a&b\end{matrix}"),
            (r"$x^{$", r"x^{"),
            (r"${a$", "{a"),
            (r"\unknown{thing}", r"\unknown{thing}"),
        ] {
            assert_eq!(readable(source), said, "{source}");
        }
        let deep = format!("${}{}$", "{".repeat(900), "}".repeat(900));
        assert_eq!(readable(&deep), deep.trim_matches('$'));
        let nested = r"\textbf{".repeat(5_000);
        assert!(readable(&nested).starts_with(r"\textbf"));
    }

    #[test]
    fn pathological_input_is_read_quickly() {
        for part in [
            "$1",
            "$a ",
            "$$1",
            r"\(",
            r"\(\)",
            r"\[ ",
            "$\\",
            r"\\",
            "${",
            "{",
            "{{a}",
            "``",
            "''",
            "$=$",
            "=",
            "^{",
            "--",
            r"\textbf{",
            r"\'{",
        ] {
            for (before, after) in [("", ""), ("$", "$"), (r"\(", ""), ("``", r"\)")] {
                let source = format!("{before}{}{after}", part.repeat(20_000 / part.len()));
                let began = std::time::Instant::now();
                let _ = readable(&source);
                let took = began.elapsed();
                assert!(took.as_millis() < 500, "{before}{part}…{after}: {took:?}");
            }
        }
    }

    #[test]
    fn very_long_text_is_not_a_formula() {
        let said = "x ".repeat(1_500);
        assert_eq!(readable(&format!(r"\({said}\)")), format!(r"\({said}\)"));
    }

    #[test]
    fn bidirectional_controls_are_removed() {
        assert_eq!(readable("a\u{202E}$x\u{2066}^2$\u{0}"), "ax²");
    }

    proptest! {
        #[test]
        fn any_text_is_one_clean_line(source in r"(\\[a-zA-Z]{1,7}|\\.|[$^_{}~`'a-z0-9 +-]|\PC){0,60}") {
            let said = readable(&source);
            prop_assert!(!said.chars().any(char::is_control));
            let turns = |c: char| ('\u{202A}'..='\u{202E}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c);
            prop_assert!(!said.contains(turns));
            prop_assert_eq!(said.trim(), said.as_str());
            prop_assert!(said.len() <= 16 + 8 * source.len());
        }

        #[test]
        fn text_without_commands_is_unchanged(source in "[a-zA-Z0-9 .,;:!?()<>&%#_^/*+=é李-]{0,80}") {
            prop_assume!(!source.contains("--"));
            prop_assert_eq!(readable(&source), plain_text::one_line(&source));
        }
    }
}
