//! `POST /language`: keeps the language with the user and goes back to where they were.

use crate::{
    frame::{Hub, Member, PageError},
    i18n::Language,
};
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct LanguageForm {
    language: String,
    back: String,
}

pub(super) async fn submit(
    State(hub): State<Hub>,
    member: Member,
    Form(form): Form<LanguageForm>,
) -> Result<Response, PageError> {
    let Some(language) = Language::from_code(&form.language) else {
        return Err(PageError::Refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            member.visitor.language.s("language-unknown"),
        ));
    };
    let user = member.user.id;
    hub.storage.write(move |unit| unit.accounts().set_language(user, language.code())).await?;
    Ok(Redirect::to(own_address(&form.back)).into_response())
}

/// Only a path of ours: `//evil.example` and `https:…` would leave the house.
fn own_address(back: &str) -> &str {
    let ours = back.starts_with('/') && !back.starts_with("//") && !back.contains(['\\', '\n', '\r']);
    if ours { back } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_address;
    use crate::testing::TestHub;

    #[tokio::test]
    async fn the_language_stays_with_the_user() {
        let hub = TestHub::signed_in().await;
        assert!(hub.get("/").await.text.contains("<html lang=\"ja\""));
        assert_eq!(hub.post("/language", "language=en&back=%2Fstock").await.redirect(), "/stock");
        assert!(hub.get("/").await.text.contains("<html lang=\"en\""));
        assert!(hub.get("/?lang=ja").await.text.contains("<html lang=\"ja\""), "one page in the other language");
        assert_eq!(hub.post("/language", "language=xx&back=%2F").await.status, 422);
    }

    #[test]
    fn the_way_back_never_leads_out_of_the_house() {
        assert_eq!(own_address("/stock?x=1"), "/stock?x=1");
        for outside in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
            assert_eq!(own_address(outside), "/");
        }
    }
}
