//! Registering, and what others see.

use serde_json::json;

use crate::{
    people::{PASSWORD, Person, login, register, uuid},
    server::{spawn_server, spawn_server_with},
};

#[tokio::test]
async fn who_registers_can_sign_in_by_address_and_by_username() {
    let server = spawn_server().await;
    let body = json!({ "username": "Alice", "email": "alice@example.org", "password": PASSWORD });
    let answer = register(&server, &body).await;
    let account = answer.expect(201);
    assert_eq!(account["username"], "alice");
    assert_eq!(account["is_staff"], false);
    assert_eq!(answer.header("location"), format!("/users/{}", account["id"].as_str().unwrap()));

    for name in ["alice@example.org", "alice", "ALICE"] {
        let signed_in = login(&server, name).await;
        assert_eq!(signed_in["account"], account);
        assert_eq!(signed_in["token_type"], "Bearer");
        assert_eq!(signed_in["expires_in"], 600);
        let token = signed_in["access_token"].as_str().unwrap();
        let me = server.get("/auth/whoami").token(token).send().await.expect(200);
        assert_eq!(me, account);
    }
}

#[tokio::test]
async fn all_spellings_of_an_address_are_one_account() {
    let server = spawn_server().await;
    let body =
        json!({ "username": "renee", "email": "Rene\u{301}e@Example.org", "password": PASSWORD });
    let account = register(&server, &body).await.expect(201);
    assert_eq!(account["email"], "ren\u{e9}e@example.org");
    let spellings = [
        "ren\u{e9}e@example.org",
        "REN\u{c9}E@EXAMPLE.ORG",
        "  ren\u{e9}e@example.org\t",
        "\u{ff52}en\u{e9}e\u{ff20}example.org",
        "rene\u{301}e@example.org",
    ];
    for (index, email) in spellings.into_iter().enumerate() {
        let username = format!("renee{index}");
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        register(&server, &body).await.refused(409, "email_taken");
        assert_eq!(login(&server, email).await["account"], account);
    }
}

#[tokio::test]
async fn an_address_with_invisible_characters_is_refused() {
    let server = spawn_server().await;
    for email in [
        "al\u{200b}ice@example.org",
        "alice@exa\u{202e}mple.org",
        "al ice@example.org",
        "al\nice@example.org",
        "alice@",
        "@example.org",
        "alice",
        "a@b@c",
        "alice@.org",
        "",
        "al\u{fe0f}ice@example.org",
        "al\u{202e}ice@example.org",
        "al\u{7f}ice@example.org",
        "alice@exa\u{2066}mple.org",
        "alice@example..org",
        "alice@example.org.",
        "alice@xn--zzzzzzzzzz99.org",
        "<alice@example.org>",
        "alice@example.org,bob@example.org",
        "\"alice\"@example.org",
        "alice@[127.0.0.1]",
        &format!("{}@example.org", "a".repeat(65)),
        &format!("alice@{}.org", "a".repeat(64)),
        &format!("alice@{}org", "example.".repeat(40)),
    ] {
        let body = json!({ "username": "alice", "email": email, "password": PASSWORD });
        let answer = register(&server, &body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/email"], "{email:?}");
    }
}

#[tokio::test]
async fn a_domain_is_one_in_unicode_and_in_ascii() {
    let server = spawn_server().await;
    let account =
        |name: &str, email: &str| json!({ "username": name, "email": email, "password": PASSWORD });
    let first = register(&server, &account("alice", "alice@B\u{dc}CHER.example")).await;
    assert_eq!(first.expect(201)["email"], "alice@b\u{fc}cher.example");
    for email in ["alice@xn--bcher-kva.example", "alice@bu\u{308}cher.example"] {
        register(&server, &account("bob", email)).await.refused(409, "email_taken");
        let body = json!({ "email": email, "password": PASSWORD });
        server.post("/auth/login").json(&body).send().await.expect(200);
    }
}

#[tokio::test]
async fn a_username_is_a_handle() {
    let server = spawn_server().await;
    for username in [
        "al",
        "a23456789012345678901234567890123",
        ".alice",
        "-alice",
        "_alice",
        "al ice",
        "alice@example.org",
        "al\u{200b}ice",
        "\u{430}lice",
        "ali\u{202e}ce",
        "\u{ff41}lice",
        "ren\u{e9}e",
        "",
        " alice",
    ] {
        let body =
            json!({ "username": username, "email": "alice@example.org", "password": PASSWORD });
        let answer = register(&server, &body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/username"], "{username:?}");
    }
    for (index, username) in ["a.b", "9_-", "a2345678901234567890123456789012"].iter().enumerate() {
        let email = format!("{index}@example.org");
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        register(&server, &body).await.expect(201);
    }
}

#[tokio::test]
async fn of_fifty_who_want_one_name_at_once_one_gets_it() {
    let server = spawn_server().await;
    let attempts = (0..50).map(|index| {
        let (username, email) = if index % 2 == 0 {
            ("alice".to_owned(), format!("alice{index}@example.org"))
        } else {
            (format!("alice{index}"), "alice@example.org".to_owned())
        };
        let body = json!({ "username": username, "email": email, "password": PASSWORD });
        let server = &server;
        async move { register(server, &body).await }
    });
    let answers = futures_util::future::join_all(attempts).await;
    let of = |field: &str, value: &str| {
        answers
            .iter()
            .filter(|answer| answer.status == 201 && answer.json()[field] == value)
            .count()
    };
    assert_eq!(of("username", "alice"), 1);
    assert_eq!(of("email", "alice@example.org"), 1);
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 201).collect();
    assert_eq!(refused.len(), 48);
    for answer in refused {
        assert_eq!(answer.status, 409);
        let code = answer.json()["code"].clone();
        assert!(code == "username_taken" || code == "email_taken", "{code}");
    }
}

#[tokio::test]
async fn a_password_has_8_to_256_characters_whatever_they_are() {
    let server = spawn_server().await;
    let body = |username: &str, password: &str| {
        let email = format!("{username}@example.org");
        json!({ "username": username, "email": email, "password": password })
    };
    for password in ["", "1234567", &"x".repeat(257), &"x".repeat(1_000_000)] {
        let answer = register(&server, &body("alice", password)).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), ["/password"]);
    }
    assert_eq!(server.server.password_hashes(), 0, "refused before hashing");
    let accepted = ["12345678", &"\u{1f511}".repeat(64), &"\u{1f511}".repeat(256)];
    for (index, password) in accepted.into_iter().enumerate() {
        let username = format!("alice{index}");
        register(&server, &body(&username, password)).await.expect(201);
        let credentials = json!({ "email": username, "password": password });
        server.post("/auth/login").json(&credentials).send().await.expect(200);
    }
}

#[tokio::test]
async fn nobody_registers_as_staff() {
    let server = spawn_server().await;
    let body = json!({
        "username": "alice", "email": "alice@example.org", "password": PASSWORD, "is_staff": true,
    });
    register(&server, &body).await.refused(403, "staff_not_granted");
    for (member, value) in [("id", json!(uuid())), ("role", json!("staff")), ("no", json!(1))] {
        let mut body =
            json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
        body[member] = value;
        let answer = register(&server, &body).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.pointers(), [format!("/{member}")]);
    }
}

#[tokio::test]
async fn where_registration_is_for_staff_nobody_else_registers() {
    let server = spawn_server_with(&["--registration", "staff"]).await;
    let body = json!({ "username": "alice", "email": "alice@example.org", "password": PASSWORD });
    register(&server, &body).await.refused(401, "missing_token");
    let answer = server.post("/auth/register").token("x.y.z").json(&body).send().await;
    answer.refused(401, "invalid_token");
    assert_eq!(server.server.password_hashes(), 0);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_look_and_cost_the_same() {
    let server = spawn_server().await;
    Person::arrives(&server, "alice").await;
    let mut answers = Vec::new();
    for (name, password) in [("alice", "wrong password"), ("nobody", PASSWORD)] {
        let before = server.server.password_hashes();
        let body = json!({ "email": name, "password": password });
        let answer = server.post("/auth/login").json(&body).send().await;
        answers.push(answer.refused(401, "wrong_credentials"));
        assert_eq!(server.server.password_hashes() - before, 1);
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn an_unknown_name_gets_stable_parameters_of_the_same_shape() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let ask = async |name: &str| {
        server.post("/auth/kdf").json(&json!({ "email": name })).send().await.expect(200)
    };
    let known = ask(&alice.email).await;
    assert_eq!(ask("alice").await, known);
    let unknown = ask("nobody@example.org").await;
    assert_eq!(ask(" NOBODY@example.org").await, unknown);
    assert_ne!(ask("somebody@example.org").await["salt"], unknown["salt"]);
    for member in ["name", "m", "t", "p"] {
        assert_eq!(known[member], unknown[member]);
    }
    assert_eq!(known["salt"].as_str().unwrap().len(), unknown["salt"].as_str().unwrap().len());
    assert_eq!(
        server
            .restart()
            .await
            .post("/auth/kdf")
            .json(&json!({ "email": "nobody@example.org" }))
            .send()
            .await
            .expect(200),
        unknown
    );
}

#[tokio::test]
async fn others_see_a_name_and_keys_but_no_address() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let seen = bob.reads(&server, &format!("/users/{}", alice.id)).await.expect(200);
    assert_eq!(seen["id"], alice.id.as_str());
    assert_eq!(seen["username"], "alice");
    assert_eq!(seen["key_history"].as_array().unwrap().len(), 1);
    assert!(seen.get("email").is_none());
    let members: Vec<&String> = seen.as_object().unwrap().keys().collect();
    assert_eq!(members, ["created_at", "id", "key_history", "username"]);

    let own = alice.reads(&server, &format!("/users/{}", alice.id)).await.expect(200);
    assert_eq!(own["email"], "alice@example.org");
}

#[tokio::test]
async fn someone_is_found_by_address_or_username() {
    let server = spawn_server().await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    let look_up = async |name: &str| {
        let body = json!({ "email": name });
        server.post("/users/lookup").token(&bob.access).json(&body).send().await
    };
    for name in ["alice", "ALICE", "alice@example.org", " Alice@Example.org "] {
        let found = look_up(name).await.expect(200);
        assert_eq!(found["id"], alice.id.as_str());
        assert!(found.get("email").is_none());
    }
    look_up("nobody").await.refused(404, "user_not_found");
    look_up("nobody@example.org").await.refused(404, "user_not_found");
    bob.reads(&server, &format!("/users/{}", uuid())).await.refused(404, "user_not_found");
    server
        .post("/users/lookup")
        .json(&json!({ "email": "alice" }))
        .send()
        .await
        .refused(401, "missing_token");
}
