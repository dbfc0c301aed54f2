//! Staff: who it is, and what it may.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::{
    people::{PASSWORD, Person, login, register, uuid},
    server::{Answer, TestServer, spawn_server},
};

fn command(server: &TestServer, line: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pli-server"));
    command.env_clear().env("PLI_DATA_DIR", server.folder.path()).arg("staff").args(line);
    command.envs(server.database.as_ref().map(|database| ("PLI_DATABASE_URL", &database.0)));
    command.current_dir(server.folder.path()).output().unwrap()
}

/// What the command printed; it must have succeeded.
pub fn printed(server: &TestServer, line: &[&str]) -> String {
    let output = command(server, line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the command complained of; it must have failed.
fn complaint(server: &TestServer, line: &[&str]) -> String {
    let output = command(server, line);
    assert!(!output.status.success() && output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

async fn lists(server: &TestServer, person: &Person, query: &str) -> Answer {
    person.reads(server, &format!("/users/all{query}")).await
}

async fn changes(server: &TestServer, by: &Person, of: &Person, change: Value) -> Answer {
    server.patch(&format!("/users/{}", of.id)).token(&by.access).json(&change).send().await
}

fn names(page: &Value) -> Vec<&str> {
    let users = page["users"].as_array().unwrap().iter();
    users.map(|user| user["username"].as_str().unwrap()).collect()
}

/// A server with a member of staff and a user.
async fn with_staff() -> (TestServer, Person, Person) {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    printed(&server, &["grant", "alice@example.org"]);
    (server, alice, bob)
}

#[tokio::test]
async fn the_first_member_of_staff_is_made_on_the_command_line() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    assert_eq!(printed(&server, &["list"]), "");
    lists(&server, &alice, "").await.refused(403, "not_staff");
    // With the server running, and by any spelling.
    assert_eq!(printed(&server, &["grant", " Alice@Example.ORG"]), "alice is staff\n");
    assert_eq!(printed(&server, &["list"]), "alice\talice@example.org\n");
    lists(&server, &alice, "").await.expect(200);
    assert_eq!(alice.reads(&server, "/auth/whoami").await.expect(200)["is_staff"], true);

    assert!(complaint(&server, &["revoke", "alice"]).contains("one must remain"));
    assert!(complaint(&server, &["grant", "nobody"]).contains("no such account"));
    assert!(complaint(&server, &["grant", "not a name"]).contains("must be"));
    Person::arrives(&server, "bob").await;
    assert_eq!(printed(&server, &["grant", "bob"]), "bob is staff\n");
    assert_eq!(printed(&server, &["revoke", "alice"]), "alice is not staff any more\n");
    // With the token from before.
    lists(&server, &alice, "").await.refused(403, "not_staff");
}

#[test]
fn without_a_database_there_is_no_staff() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pli-server"));
    command.env_clear().env("PLI_DATA_DIR", folder.path()).args(["staff", "list"]);
    let output = command.current_dir(folder.path()).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("no database"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn users_are_listed_three_a_page_in_the_order_of_registration() {
    let (server, alice, _) = with_staff().await;
    for name in ["zoe", "carol", "dave", "mallory", "eve"] {
        let email = format!("{name}@example.org");
        let body = json!({ "username": name, "email": email, "password": PASSWORD });
        register(&server, &body).await.expect(201);
    }
    let first = lists(&server, &alice, "").await;
    assert_eq!(
        first.header("link"),
        "</users/all?page=1&per_page=3>; rel=\"first\", </users/all?page=2&per_page=3>; \
         rel=\"next\", </users/all?page=3&per_page=3>; rel=\"last\"",
    );
    let first = first.expect(200);
    assert_eq!(names(&first), ["alice", "bob", "zoe"]);
    let numbers = ["page", "per_page", "total", "pages"].map(|name| first[name].as_i64().unwrap());
    assert_eq!(numbers, [1, 3, 7, 3]);
    let users = first["users"].as_array().unwrap();
    assert_eq!((&users[0]["is_staff"], &users[1]["is_staff"]), (&json!(true), &json!(false)));
    assert_eq!(users[1]["email"], "bob@example.org");
    let members: Vec<&String> = users[1].as_object().unwrap().keys().collect();
    assert_eq!(members, ["created_at", "email", "id", "is_active", "is_staff", "username"]);

    let last = lists(&server, &alice, "?page=3").await;
    assert!(last.header("link").contains("</users/all?page=2&per_page=3>; rel=\"prev\""));
    assert!(!last.header("link").contains("next"));
    assert_eq!(names(&last.expect(200)), ["eve"]);
    let beyond = lists(&server, &alice, "?page=1000000000&per_page=100").await;
    assert!(beyond.header("link").contains("</users/all?page=1&per_page=100>; rel=\"prev\""));
    assert_eq!(names(&beyond.expect(200)), Vec::<&str>::new());
    let all = lists(&server, &alice, "?per_page=7").await.expect(200);
    assert_eq!((names(&all).len(), &all["pages"]), (7, &json!(1)));
}

#[tokio::test]
async fn pages_out_of_range_are_refused() {
    let (server, alice, bob) = with_staff().await;
    for query in [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        "page=99999999999999999999",
        "per_page=0",
        "per_page=101",
        "page=",
        "page=1&page=2",
        "per_page=NaN",
    ] {
        let answer = lists(&server, &alice, &format!("?{query}")).await;
        answer.refused(400, "invalid_parameter");
    }
    lists(&server, &bob, "").await.refused(403, "not_staff");
    lists(&server, &bob, "?page=0").await.refused(403, "not_staff");
}

#[tokio::test]
async fn staff_makes_staff_and_unmakes_it_but_for_the_last() {
    let (server, alice, bob) = with_staff().await;
    changes(&server, &bob, &bob, json!({ "is_staff": true })).await.refused(403, "not_staff");
    let user = changes(&server, &alice, &bob, json!({ "is_staff": true })).await.expect(200);
    assert_eq!((&user["username"], &user["is_staff"]), (&json!("bob"), &json!(true)));
    changes(&server, &bob, &alice, json!({ "is_staff": false })).await.expect(200);
    changes(&server, &alice, &bob, json!({ "is_staff": false })).await.refused(403, "not_staff");
    for change in [json!({ "is_staff": false }), json!({ "is_active": false })] {
        changes(&server, &bob, &bob, change).await.refused(409, "last_staff");
    }
    let same = changes(&server, &bob, &bob, json!({})).await.expect(200);
    assert_eq!((&same["is_staff"], &same["is_active"]), (&json!(true), &json!(true)));
}

#[tokio::test]
async fn of_two_members_of_staff_who_demote_each_other_one_remains() {
    let (server, alice, bob) = with_staff().await;
    printed(&server, &["grant", "bob"]);
    let (one, two) = tokio::join!(
        changes(&server, &alice, &bob, json!({ "is_staff": false })),
        changes(&server, &bob, &alice, json!({ "is_staff": false })),
    );
    let statuses = [one.status, two.status];
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(printed(&server, &["list"]).lines().count(), 1);
}

#[tokio::test]
async fn who_is_not_active_is_gone_at_once_until_made_active_again() {
    let (server, alice, bob) = with_staff().await;
    let mut events = server.get("/messaging/events").token(&bob.access).open().await;
    assert!(events.chunk().await.unwrap().is_some());
    let user = changes(&server, &alice, &bob, json!({ "is_active": false })).await.expect(200);
    assert_eq!(user["is_active"], false);
    bob.reads(&server, "/auth/whoami").await.refused(401, "session_ended");
    server.get("/auth/refresh").token(&bob.refresh).send().await.refused(401, "session_ended");
    assert_eq!(events.chunk().await.unwrap(), None);
    let body = json!({ "email": "bob", "password": PASSWORD });
    server.post("/auth/login").json(&body).send().await.refused(401, "wrong_credentials");
    alice.posts(&server, &alice.message_to(&[&bob])).await.refused(404, "receiver_not_found");
    let look_up =
        server.post("/users/lookup").token(&alice.access).json(&json!({ "email": "bob" }));
    look_up.send().await.refused(404, "user_not_found");
    // Letters from before still open.
    let profile = alice.reads(&server, &format!("/users/{}", bob.id)).await.expect(200);
    assert_eq!(profile["key_history"].as_array().unwrap().len(), 1);
    let body = json!({ "username": "bob", "email": "b@example.org", "password": PASSWORD });
    register(&server, &body).await.refused(409, "username_taken");

    changes(&server, &alice, &bob, json!({ "is_active": true })).await.expect(200);
    bob.reads(&server, "/auth/whoami").await.refused(401, "session_ended");
    login(&server, "bob").await;
    alice.sends(&server, &[&bob]).await;
}

#[tokio::test]
async fn a_change_names_what_may_be_changed() {
    let (server, alice, bob) = with_staff().await;
    for (change, pointer) in [
        (json!({ "username": "robert" }), "/username"),
        (json!({ "email": "x@example.org" }), "/email"),
        (json!({ "is_staff": "yes" }), "/is_staff"),
        (json!({ "is_active": null }), "/is_active"),
        (json!({ "password": PASSWORD }), "/password"),
    ] {
        let answer = changes(&server, &alice, &bob, change).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), [pointer]);
    }
    let nobody = server.patch(&format!("/users/{}", uuid())).token(&alice.access);
    nobody.json(&json!({ "is_staff": true })).send().await.refused(404, "user_not_found");
}

#[tokio::test]
async fn staff_sees_addresses_and_others_do_not() {
    let (server, alice, bob) = with_staff().await;
    let carol = Person::arrives(&server, "carol").await;
    let path = format!("/users/{}", carol.id);
    assert_eq!(alice.reads(&server, &path).await.expect(200)["email"], "carol@example.org");
    assert!(bob.reads(&server, &path).await.expect(200).get("email").is_none());
}

#[tokio::test]
async fn where_registration_is_for_staff_staff_registers() {
    let (server, ..) = with_staff().await;
    let server = server.restart_with(&["--registration", "staff"]).await;
    let staff = login(&server, "alice").await["access_token"].clone();
    let user = login(&server, "bob").await["access_token"].clone();
    let body = json!({ "username": "carol", "email": "carol@example.org", "password": PASSWORD });
    let registers = async |token: &Value| {
        let call = server.post("/auth/register").token(token.as_str().unwrap());
        call.json(&body).send().await
    };
    registers(&user).await.refused(403, "registration_closed");
    let account = registers(&staff).await.expect(201);
    assert_eq!((&account["username"], &account["is_staff"]), (&json!("carol"), &json!(false)));
    login(&server, "carol").await;
}
