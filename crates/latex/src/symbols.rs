//! The tables: which command is which character, what can be raised or lowered, which accent goes over what.
//!
//! They hold what the titles and abstracts of arXiv use, not all of LaTeX; the characters are those of Unicode's own
//! `unicode-math` names, but for alphabets that few fonts of mail programs have: those stay plain letters.

/// What commands of a formula stand for. Several names may have one character.
#[rustfmt::skip]
const MATH: &[(&str, &str)] = &[
    ("alpha", "α"), ("beta", "β"), ("gamma", "γ"), ("delta", "δ"), ("epsilon", "ε"), ("varepsilon", "ε"),
    ("zeta", "ζ"), ("eta", "η"), ("theta", "θ"), ("vartheta", "ϑ"), ("iota", "ι"), ("kappa", "κ"),
    ("lambda", "λ"), ("mu", "μ"), ("nu", "ν"), ("xi", "ξ"), ("pi", "π"), ("varpi", "π"), ("rho", "ρ"),
    ("varrho", "ρ"), ("sigma", "σ"), ("varsigma", "ς"), ("tau", "τ"), ("upsilon", "υ"), ("phi", "φ"),
    ("varphi", "φ"), ("chi", "χ"), ("psi", "ψ"), ("omega", "ω"), ("Gamma", "Γ"), ("Delta", "Δ"),
    ("Theta", "Θ"), ("Lambda", "Λ"), ("Xi", "Ξ"), ("Pi", "Π"), ("Sigma", "Σ"), ("Upsilon", "Υ"),
    ("Phi", "Φ"), ("Psi", "Ψ"), ("Omega", "Ω"), ("le", "≤"), ("leq", "≤"), ("leqslant", "≤"), ("ge", "≥"),
    ("geq", "≥"), ("geqslant", "≥"), ("lt", "<"), ("gt", ">"), ("ll", "≪"), ("gg", "≫"), ("ne", "≠"),
    ("neq", "≠"), ("approx", "≈"), ("sim", "∼"), ("simeq", "≃"), ("cong", "≅"), ("equiv", "≡"),
    ("propto", "∝"), ("lesssim", "≲"), ("gtrsim", "≳"), ("prec", "≺"), ("succ", "≻"), ("preceq", "⪯"),
    ("succeq", "⪰"), ("in", "∈"), ("notin", "∉"), ("ni", "∋"), ("subset", "⊂"), ("subseteq", "⊆"),
    ("supset", "⊃"), ("supseteq", "⊇"), ("to", "→"), ("rightarrow", "→"), ("longrightarrow", "→"),
    ("gets", "←"), ("leftarrow", "←"), ("leftrightarrow", "↔"), ("Rightarrow", "⇒"), ("implies", "⇒"),
    ("Leftarrow", "⇐"), ("Leftrightarrow", "⇔"), ("iff", "⇔"), ("mapsto", "↦"), ("uparrow", "↑"),
    ("downarrow", "↓"), ("vdash", "⊢"), ("models", "⊨"), ("perp", "⊥"), ("parallel", "∥"), ("mid", "∣"),
    ("times", "×"), ("div", "÷"), ("cdot", "·"), ("pm", "±"), ("mp", "∓"), ("ast", "∗"), ("star", "⋆"),
    ("circ", "∘"), ("bullet", "•"), ("oplus", "⊕"), ("ominus", "⊖"), ("otimes", "⊗"), ("odot", "⊙"),
    ("cup", "∪"), ("cap", "∩"), ("setminus", "∖"), ("wedge", "∧"), ("land", "∧"), ("vee", "∨"),
    ("lor", "∨"), ("neg", "¬"), ("lnot", "¬"), ("forall", "∀"), ("exists", "∃"), ("nexists", "∄"),
    ("top", "⊤"), ("bot", "⊥"), ("sum", "∑"), ("prod", "∏"), ("int", "∫"), ("oint", "∮"), ("bigcup", "⋃"),
    ("bigcap", "⋂"), ("bigoplus", "⨁"), ("bigotimes", "⨂"), ("partial", "∂"), ("nabla", "∇"),
    ("infty", "∞"), ("ell", "ℓ"), ("hbar", "ℏ"), ("Re", "ℜ"), ("Im", "ℑ"), ("aleph", "ℵ"),
    ("emptyset", "∅"), ("varnothing", "∅"), ("angle", "∠"), ("triangle", "△"), ("square", "□"),
    ("Box", "□"), ("prime", "′"), ("dagger", "†"), ("ddagger", "‡"), ("dots", "…"), ("ldots", "…"),
    ("dotsc", "…"), ("cdots", "⋯"), ("dotsb", "⋯"), ("vdots", "⋮"), ("langle", "⟨"), ("rangle", "⟩"),
    ("lfloor", "⌊"), ("rfloor", "⌋"), ("lceil", "⌈"), ("rceil", "⌉"), ("lbrace", "{"), ("rbrace", "}"),
    ("lvert", "|"), ("rvert", "|"), ("vert", "|"), ("lVert", "‖"), ("rVert", "‖"), ("Vert", "‖"),
    ("backslash", "\\"), ("checkmark", "✓"), ("degree", "°"), ("AA", "Å"), ("omicron", "ο"), ("varkappa", "κ"),
    ("imath", "ı"), ("jmath", "ȷ"), ("hslash", "ℏ"), ("wp", "℘"), ("leqq", "≤"), ("geqq", "≥"), ("nleq", "≰"),
    ("ngeq", "≱"), ("lsim", "≲"), ("gsim", "≳"), ("lessapprox", "⪅"), ("gtrapprox", "⪆"), ("asymp", "≍"),
    ("doteq", "≐"), ("triangleq", "≜"), ("coloneqq", "≔"), ("subsetneq", "⊊"), ("supsetneq", "⊋"),
    ("nsubseteq", "⊈"), ("sqsubseteq", "⊑"), ("sqsupseteq", "⊒"), ("rtimes", "⋊"), ("ltimes", "⋉"),
    ("bowtie", "⋈"), ("sqcup", "⊔"), ("sqcap", "⊓"), ("uplus", "⊎"), ("smallsetminus", "∖"), ("diamond", "⋄"),
    ("Diamond", "◇"), ("lozenge", "◊"), ("bigstar", "★"), ("blacksquare", "■"), ("bigcirc", "◯"),
    ("trianglelefteq", "⊴"), ("lhd", "⊲"), ("rhd", "⊳"), ("longleftarrow", "←"), ("longleftrightarrow", "↔"),
    ("Longrightarrow", "⇒"), ("Longleftrightarrow", "⇔"), ("impliedby", "⇐"), ("longmapsto", "↦"),
    ("hookrightarrow", "↪"), ("twoheadrightarrow", "↠"), ("rightharpoonup", "⇀"), ("rightleftharpoons", "⇌"),
    ("leadsto", "⇝"), ("rightsquigarrow", "⇝"), ("nearrow", "↗"), ("searrow", "↘"), ("Uparrow", "⇑"),
    ("Downarrow", "⇓"), ("vDash", "⊨"), ("dashv", "⊣"), ("nmid", "∤"), ("therefore", "∴"), ("because", "∵"),
    ("iint", "∬"), ("iiint", "∭"), ("coprod", "∐"), ("bigvee", "⋁"), ("bigwedge", "⋀"), ("bigsqcup", "⨆"),
    ("complement", "∁"), ("ddots", "⋱"), ("colon", ":"), ("lbrack", "["), ("rbrack", "]"), ("flat", "♭"),
    ("sharp", "♯"), ("natural", "♮"), ("dag", "†"), ("ddag", "‡"), ("pounds", "£"), ("copyright", "©"),
    ("oslash", "⊘"), ("preccurlyeq", "≼"), ("succcurlyeq", "≽"), ("lll", "⋘"), ("ggg", "⋙"), ("mho", "℧"),
];

/// The character of a command in a formula.
pub(super) fn math(name: &str) -> Option<&'static str> {
    MATH.iter().find(|(known, _)| *known == name).map(|(_, symbol)| *symbol)
}

/// The character of a command in text.
pub(super) fn text(name: &str) -> Option<&'static str> {
    Some(match name {
        "textgreater" => ">",
        "textless" => "<",
        "textbar" => "|",
        "textasciitilde" => "~",
        "textbackslash" => "\\",
        "textunderscore" => "_",
        "textendash" => "–",
        "textemdash" => "—",
        "textquotedblleft" => "“",
        "textquotedblright" => "”",
        "textregistered" => "®",
        "texttrademark" => "™",
        "copyright" | "textcopyright" => "©",
        "deg" | "textdegree" => "°",
        "P" => "¶",
        "guillemotleft" => "«",
        "guillemotright" => "»",
        "pounds" | "textsterling" => "£",
        "euro" | "texteuro" => "€",
        "dag" | "textdagger" => "†",
        "ddag" => "‡",
        "textquoteleft" => "‘",
        "textquoteright" => "’",
        "textquotesingle" => "'",
        "textbullet" => "•",
        "textmu" => "µ",
        "texttimes" => "×",
        "textpm" => "±",
        "textasciicircum" => "^",
        "textexclamdown" => "¡",
        "textquestiondown" => "¿",
        "BibTeX" => "BibTeX",
        "ldots" | "dots" | "textellipsis" => "…",
        "S" => "§",
        "LaTeX" => "LaTeX",
        "TeX" => "TeX",
        _ => return None,
    })
}

/// A letter of its own that a command names.
pub(super) fn letter(name: &str) -> Option<char> {
    Some(match name {
        "o" => 'ø',
        "O" => 'Ø',
        "l" => 'ł',
        "L" => 'Ł',
        "ss" => 'ß',
        "ae" => 'æ',
        "AE" => 'Æ',
        "oe" => 'œ',
        "OE" => 'Œ',
        "DH" | "ETH" => 'Ð',
        "dh" | "eth" => 'ð',
        "DJ" => 'Đ',
        "dj" => 'đ',
        "NG" => 'Ŋ',
        "ng" => 'ŋ',
        "TH" => 'Þ',
        "th" => 'þ',
        "aa" => 'å',
        "AA" => 'Å',
        "i" => 'ı',
        "j" => 'ȷ',
        _ => return None,
    })
}

/// The combining character of an accent in a formula.
pub(super) fn accent(name: &str) -> Option<char> {
    Some(match name {
        "hat" | "widehat" => '\u{302}',
        "tilde" | "widetilde" => '\u{303}',
        "bar" => '\u{304}',
        "vec" => '\u{20D7}',
        "dot" => '\u{307}',
        "ddot" => '\u{308}',
        "acute" => '\u{301}',
        "grave" => '\u{300}',
        "check" => '\u{30C}',
        "breve" => '\u{306}',
        _ => return None,
    })
}

/// The combining character of an accent in text.
pub(super) fn text_accent(name: &str) -> Option<char> {
    Some(match name {
        "`" => '\u{300}',
        "'" => '\u{301}',
        "^" => '\u{302}',
        "~" => '\u{303}',
        "=" => '\u{304}',
        "." => '\u{307}',
        "\"" => '\u{308}',
        "u" => '\u{306}',
        "r" => '\u{30A}',
        "H" => '\u{30B}',
        "v" => '\u{30C}',
        "d" => '\u{323}',
        "c" => '\u{327}',
        "k" => '\u{328}',
        "b" => '\u{331}',
        _ => return None,
    })
}

/// Functions that are written in upright letters.
pub(super) fn is_named_function(name: &str) -> bool {
    [
        "log", "ln", "exp", "sin", "cos", "tan", "cot", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan",
        "min", "max", "argmin", "argmax", "arg", "inf", "sup", "lim", "limsup", "liminf", "det", "dim",
        "ker", "deg", "gcd", "Pr", "hom", "lg",
    ]
    .contains(&name)
}

/// Whether a character stands between two things that it compares or connects.
pub(super) fn is_relation(c: char) -> bool {
    "=<>≤≥≪≫≠≈∼≃≅≡∝≲≳≺≻⪯⪰∈∉∋⊂⊆⊃⊇→←↔⇒⇐⇔↦⊢⊨≰≱⪅⪆≍≐≜≔⊊⊋⊈⊑⊒↪↠⇝⊣≼≽".contains(c)
}

/// Whether a character sums up what follows it.
pub(super) fn is_big(symbol: &str) -> bool {
    matches!(symbol, "∑" | "∏" | "∫" | "∮" | "⋃" | "⋂" | "⨁" | "⨂")
}

/// A capital of the double-struck alphabet, by which sets of numbers are known.
pub(super) fn double_struck(c: char) -> char {
    match c {
        'C' => 'ℂ',
        'E' => '𝔼',
        'F' => '𝔽',
        'H' => 'ℍ',
        'K' => '𝕂',
        'N' => 'ℕ',
        'P' => 'ℙ',
        'Q' => 'ℚ',
        'R' => 'ℝ',
        'S' => '𝕊',
        'Z' => 'ℤ',
        other => other,
    }
}

/// The raised form of a character.
pub(super) fn raised(c: char) -> Option<char> {
    const PLAIN: &str = "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ";
    const RAISED: &str = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ";
    moved(c, PLAIN, RAISED)
}

/// The lowered form of a character.
pub(super) fn lowered(c: char) -> Option<char> {
    const PLAIN: &str = "0123456789+−=()aehijklmnoprstuvxβγρφχ";
    const LOWERED: &str = "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ";
    moved(c, PLAIN, LOWERED)
}

fn moved(c: char, from: &str, to: &str) -> Option<char> {
    from.chars().zip(to.chars()).find(|(plain, _)| *plain == c).map(|(_, moved)| moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_have_raised_and_lowered_forms() {
        assert_eq!(raised('W'), Some('ᵂ'));
        assert_eq!(raised('χ'), Some('ᵡ'));
        assert_eq!(raised('q'), None);
        assert_eq!(lowered('χ'), Some('ᵪ'));
        assert_eq!(lowered('d'), None);
    }
}
