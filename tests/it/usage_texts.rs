//! What is wrong with usage records, told by the window in both languages.

use sellerdesk::{
    domain::usage::{Late, UsageProblem},
    ui::{Language, Texts},
};

#[test]
fn every_problem_of_a_usage_record_is_told_in_both_languages() {
    let column = || "beginTime".to_owned();
    let text = || "12,5".to_owned();
    let problems = [
        UsageProblem::Missing { column: column() },
        UsageProblem::TooLong { column: column(), length: 65, max: 64 },
        UsageProblem::NoTime { column: column(), text: text() },
        UsageProblem::NoZone { column: column(), text: text() },
        UsageProblem::AmbiguousTime { column: column(), text: text(), zone: "Europe/Berlin".into() },
        UsageProblem::FractionOfSecond { column: column() },
        UsageProblem::NoNumber { text: text() },
        UsageProblem::NotPositive { text: text() },
        UsageProblem::TooPrecise { text: text() },
        UsageProblem::NoHeading { text: text() },
        UsageProblem::EndBeforeBegin,
        UsageProblem::EndInFuture { seconds: 90 },
        UsageProblem::TooOld { days: 22 },
        UsageProblem::SamePeriod { first: 7 },
        UsageProblem::SameMeteringSn { first: 7 },
    ];
    let (english, chinese) = (Texts::new(Language::English), Texts::new(Language::Chinese));
    for problem in &problems {
        let (english, chinese) = (english.usage_problem(problem), chinese.usage_problem(problem));
        assert!(chinese.chars().any(|c| matches!(c, '一'..='龥')), "{chinese}");
        // The window marks quotations in its own way; what is said is the same.
        let plain = problem.to_string().replace('`', "");
        let words =
            |text: &str| text.replace(['“', '”', ',', '.', ';'], " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words(&english).to_lowercase().starts_with(&words(&plain).to_lowercase()), "{english} / {plain}");
        for told in [&english, &chinese] {
            assert!(!told.contains("{$") && !told.contains("{ $"), "{told}");
        }
        let kept = serde_json::to_string(problem).unwrap();
        assert_eq!(serde_json::from_str::<UsageProblem>(&kept).unwrap(), *problem, "{kept}");
    }
    for late in [Late::Hourly { minutes: 5 }, Late::Daily { minutes: 5 }] {
        assert!(english.usage_late(late).starts_with("5 min late") && chinese.usage_late(late).contains("晚了 5 分钟"));
    }
}
