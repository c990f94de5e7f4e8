//! `/setup`: makes the first user. Open only while no user exists, and only to whoever knows the code printed at the start.

use super::{
    login::{Credentials, signed_in},
    password,
};
use crate::frame::{Frame, Hub, PageError, Section, Visitor, still_page};
use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use regihub_storage::StorageError;
use serde::Deserialize;
use subtle::ConstantTimeEq;

#[derive(Template)]
#[template(path = "setup.html")]
pub(crate) struct SetupPage {
    f: Frame,
    /// What was typed, given back so that nobody types it twice; never the password.
    login: String,
    workspace: String,
    code: String,
    error: Option<String>,
    shortest: i64,
}
still_page!(SetupPage);

#[derive(Deserialize)]
pub(super) struct SetupForm {
    code: String,
    workspace: String,
    login: String,
    password: String,
}

pub(super) async fn show(State(hub): State<Hub>, visitor: Visitor) -> Result<Response, PageError> {
    if user_exists(&hub).await? {
        return Ok(Redirect::to("/login").into_response());
    }
    visitor.answer(&page(&visitor, None, None))
}

pub(super) async fn submit(
    State(hub): State<Hub>,
    visitor: Visitor,
    Form(form): Form<SetupForm>,
) -> Result<Response, PageError> {
    if user_exists(&hub).await? {
        return Ok(Redirect::to("/login").into_response());
    }
    if let Some(error) = mistake(&hub, &visitor, &form) {
        let answer = visitor.answer(&page(&visitor, Some(&form), Some(error)))?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, answer).into_response());
    }
    let hash = password::hash(&hub.dice, &form.password).await;
    if !add_first_user(&hub, &visitor, &form, hash).await? {
        return Ok(Redirect::to("/login").into_response());
    }
    signed_in(&hub, &Credentials { login: form.login.trim().to_owned(), password: String::new() }).await
}

/// The first thing that is wrong with the form, in the person's language.
fn mistake(hub: &Hub, visitor: &Visitor, form: &SetupForm) -> Option<String> {
    let language = visitor.language;
    let code = hub.options.setup_code.as_deref().unwrap_or_default();
    if code.is_empty() || !bool::from(form.code.trim().as_bytes().ct_eq(code.as_bytes())) {
        return Some(language.s("setup-wrong-code"));
    }
    if form.workspace.trim().is_empty() || form.login.trim().is_empty() {
        return Some(language.s("setup-missing"));
    }
    let length = form.password.chars().count();
    if length < password::SHORTEST || form.password.len() > password::LONGEST {
        return Some(language.b("setup-password-length", "shortest", password::SHORTEST, "got", length));
    }
    None
}

/// False when somebody else was quicker.
async fn add_first_user(hub: &Hub, visitor: &Visitor, form: &SetupForm, hash: String) -> Result<bool, StorageError> {
    let (workspace, login) = (form.workspace.trim().to_owned(), form.login.trim().to_owned());
    let (language, now) = (visitor.language.code(), hub.clock.now_us());
    let added = hub.storage.write(move |unit| {
        if unit.accounts().user_count()? > 0 {
            return Ok(false);
        }
        // A demo or an import may have made the workspace already; the first user takes it over.
        let existing = first_workspace(unit)?;
        let workspace = match existing {
            Some(id) => id,
            None => unit.setup().add_workspace(&workspace, now)?,
        };
        unit.accounts().add_user(workspace, &login, &hash, language, now)?;
        Ok(true)
    });
    added.await
}

fn first_workspace(unit: &mut regihub_storage::Unit<'_>) -> Result<Option<regihub_domain::WorkspaceId>, StorageError> {
    unit.sql().first("select id from workspace order by id limit 1", &[], |row| row.get())
}

async fn user_exists(hub: &Hub) -> Result<bool, StorageError> {
    Ok(hub.storage.read(|unit| unit.accounts().user_count()).await? > 0)
}

fn page(visitor: &Visitor, form: Option<&SetupForm>, error: Option<String>) -> SetupPage {
    let typed = |pick: fn(&SetupForm) -> &String| form.map(pick).cloned().unwrap_or_default();
    SetupPage {
        f: visitor.frame(Section::None),
        login: typed(|form| &form.login),
        workspace: typed(|form| &form.workspace),
        code: typed(|form| &form.code),
        error,
        shortest: password::SHORTEST as i64,
    }
}

#[cfg(test)]
pub(crate) fn samples(f: Frame) -> Vec<SetupPage> {
    let fresh =
        SetupPage { f, login: String::new(), workspace: String::new(), code: String::new(), error: None, shortest: 10 };
    let wrong =
        SetupPage { f: fresh.f.clone(), login: "tencho".into(), error: Some(fresh.f.s("setup-wrong-code")), ..fresh };
    vec![wrong]
}

#[cfg(test)]
mod tests {
    use crate::testing::TestHub;

    #[tokio::test]
    async fn a_fresh_hub_leads_to_the_set_up_and_the_code_makes_the_first_user_who_is_signed_in() {
        let hub = TestHub::fresh().await;
        assert_eq!(hub.get("/").await.redirect(), "/setup");
        let page = hub.get("/setup").await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("name=\"code\""));

        let form = "code=open-sesame&workspace=%E3%81%8A%E5%BA%97&login=tencho&password=correct-horse";
        let answer = hub.post("/setup", form).await;
        assert_eq!(answer.redirect(), "/");
        let home = hub.signed(&answer).get("/").await;
        assert_eq!(home.status, 200, "{}", home.text);
        assert!(home.text.contains("tencho"));

        assert_eq!(hub.get("/setup").await.redirect(), "/login", "the page is closed for good");
        assert_eq!(hub.post("/setup", form).await.redirect(), "/login");
    }

    #[tokio::test]
    async fn without_the_code_or_with_a_short_password_nobody_gets_in() {
        let hub = TestHub::fresh().await;
        let answer = hub.post("/setup", "code=guess&workspace=w&login=a&password=correct-horse").await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("セットアップコード"), "{}", answer.text);
        let answer = hub.post("/setup?lang=en", "code=open-sesame&workspace=w&login=a&password=short").await;
        assert_eq!(answer.status, 422);
        assert!(answer.text.contains("10"), "says how long it must be: {}", answer.text);
        assert_eq!(hub.get("/").await.redirect(), "/setup");
    }

    #[tokio::test]
    async fn a_hub_without_a_code_cannot_be_set_up_by_an_empty_one() {
        let hub = TestHub::with_options(|options| options.setup_code = None).await;
        let answer = hub.post("/setup", "code=&workspace=w&login=a&password=correct-horse").await;
        assert_eq!(answer.status, 422);
    }
}
