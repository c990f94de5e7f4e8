//! People, and the apps that a contract uses.

use super::{CONTRACT, Person};

fn status(person: &Person) -> String {
    let state = person.emulator.state();
    let own = state.world.identities.subscription("app", CONTRACT);
    own.map(|own| format!("{:?}", own.status)).unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_person_is_added_replaced_and_removed() {
    let person = Person::new();
    let form = "email=hanako%40example.com&password=secret&name=Hanako&user_id=u0007&is_owner=1";
    let page = person.do_it("/console/people/add", form);
    page.says("u0007");
    page.says("契約者");
    page.lacks("secret");
    person.do_it("/console/people/add", "email=HANAKO%40example.com&password=other").says("スタッフ");
    assert_eq!(person.emulator.state().world.identities.users().count(), 1);
    person.do_it("/console/people/remove", "email=hanako%40example.com").says("まだ利用者がいません");
    for (path, form) in [
        ("/console/people/remove", "email=hanako%40example.com"),
        ("/console/people/add", "email=&password=x"),
        ("/console/people/add", "email=x%40example.com&password="),
    ] {
        assert_eq!(person.post(path, form).status, 422, "{path} {form}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_contract_starts_changes_stops_and_ends_the_use_of_an_app() {
    let person = Person::new();
    person.do_it("/console/people/start", "app=app&plan=Light&price=500").says("Light 500円");
    assert_eq!(status(&person), "Active");
    person.do_it("/console/people/change-plan", "app=app&plan=Full&price=900").says("Full 900円");
    person.do_it("/console/people/force-stop", "app=app").says("強制停止中");
    person.do_it("/console/people/cancel-force-stop", "app=app").says("利用中");
    person.do_it("/console/people/end", "app=app").says("アプリの利用を変えました");
    assert_eq!(status(&person), "Ended");
    for (deed, form) in [("end", "app=app"), ("start", "app=none"), ("start", "app=app&plan=x&price=much")] {
        assert_eq!(person.post(&format!("/console/people/{deed}"), form).status, 422, "{deed} {form}");
    }
    assert_eq!(person.post("/console/people/burn", "").status, 404);
}
