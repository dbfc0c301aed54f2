//! Guessing passwords and names.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    people::{PASSWORD, Person, envelope, told_to_wait, uuid},
    server::{Answer, TestServer, spawn_server, spawn_server_with},
};

/// A server that believes what the client's address is said to be.
async fn behind_a_proxy() -> TestServer {
    spawn_server_with(&["--trusted-proxies", "127.0.0.1"]).await
}

async fn tries(server: &TestServer, from: &str, name: &str, password: &str) -> Answer {
    let body = json!({ "email": name, "password": password });
    server.post("/auth/login").header("x-forwarded-for", from).json(&body).send().await
}

async fn guesses(server: &TestServer, from: &str, name: &str) -> Answer {
    tries(server, from, name, "a wrong password").await
}

#[tokio::test]
async fn a_handful_of_mistakes_costs_nothing() {
    let server = spawn_server().await;
    Person::arrives(&server, "alice").await;
    for _ in 0..9 {
        guesses(&server, "", "alice").await.refused(401, "wrong_credentials");
    }
    tries(&server, "", "alice", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn who_signs_in_often_is_not_slowed_down() {
    let server = spawn_server_with(&["--account-failures", "1", "--network-failures", "1"]).await;
    Person::arrives(&server, "alice").await;
    let signing_in = (0..20).map(|_| tries(&server, "", "alice", PASSWORD));
    for answer in futures_util::future::join_all(signing_in).await {
        answer.expect(200);
    }
}

#[tokio::test]
async fn a_hundred_bad_logins_from_many_networks_slow_the_attacker_and_not_the_owner() {
    let server = behind_a_proxy().await;
    Person::arrives(&server, "alice").await;
    tries(&server, "203.0.113.1", "alice", PASSWORD).await.expect(200);
    let mut checked = 0;
    for index in 0..100 {
        let answer = guesses(&server, &format!("198.51.100.{index}"), "alice@example.org").await;
        checked += usize::from(answer.status == 401);
    }
    assert_eq!(checked, 10);
    // Where the owner has signed in before, nothing is slower.
    tries(&server, "203.0.113.1", "alice", PASSWORD).await.expect(200);
    // Anywhere else the owner waits once, however much the attacker goes on.
    let wait = told_to_wait(&tries(&server, "192.0.2.1", "alice", PASSWORD).await);
    assert!(wait <= 31, "{wait}");
    for _ in 0..wait {
        server.pass(Duration::from_secs(1));
        for index in 100..105 {
            guesses(&server, &format!("198.51.100.{index}"), "alice").await;
        }
    }
    tries(&server, "192.0.2.1", "alice", PASSWORD).await.expect(200);
}

#[tokio::test]
async fn the_longer_a_guessing_goes_on_the_longer_it_waits_up_to_a_limit() {
    let server = spawn_server_with(&[
        "--trusted-proxies",
        "127.0.0.1",
        "--account-failures",
        "2",
        "--failure-seconds",
        "60",
        "--longest-wait-seconds",
        "200",
    ])
    .await;
    Person::arrives(&server, "alice").await;
    let networks: Vec<String> = (0..40).map(|index| format!("198.51.100.{index}")).collect();
    for round in 0..3 {
        for network in &networks {
            guesses(&server, network, "alice").await;
        }
        let wait = told_to_wait(&guesses(&server, &format!("192.0.2.{round}"), "alice").await);
        assert!(if round == 0 { wait <= 61 } else { (100..=201).contains(&wait) }, "{wait}");
        server.pass(Duration::from_secs(61));
    }
    server.pass(Duration::from_secs(1000));
    guesses(&server, "192.0.2.9", "alice").await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn an_unknown_name_slows_down_like_a_known_one() {
    let server = behind_a_proxy().await;
    Person::arrives(&server, "alice").await;
    let mut seen = Vec::new();
    for name in ["alice", "nobody"] {
        let mut statuses = Vec::new();
        for index in 0..12 {
            statuses.push(guesses(&server, &format!("198.51.100.{index}"), name).await.status);
        }
        seen.push(statuses);
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0][9..], [401, 429, 429]);
}

#[tokio::test]
async fn one_network_does_not_try_many_accounts() {
    let server =
        spawn_server_with(&["--trusted-proxies", "127.0.0.1", "--network-failures", "5"]).await;
    for index in 0..5 {
        // All of a /64 is one network.
        let from = format!("2001:db8::{index}");
        guesses(&server, &from, &format!("someone{index}")).await.refused(401, "wrong_credentials");
    }
    let before = server.server.password_hashes();
    told_to_wait(&guesses(&server, "2001:db8::ffff", "someone-else").await);
    assert_eq!(server.server.password_hashes(), before, "refused before hashing");
    guesses(&server, "2001:db8:0:1::1", "someone-else").await.refused(401, "wrong_credentials");
    server.pass(Duration::from_secs(30));
    guesses(&server, "2001:db8::1", "someone-else").await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn a_client_does_not_choose_its_own_address() {
    let server = spawn_server_with(&["--network-failures", "3"]).await;
    for index in 0..3 {
        let name = format!("someone{index}");
        guesses(&server, &format!("198.51.100.{index}"), &name)
            .await
            .refused(401, "wrong_credentials");
    }
    told_to_wait(&guesses(&server, "198.51.100.9", "someone9").await);
}

#[tokio::test]
async fn guesses_sent_at_once_are_counted_too() {
    let server = spawn_server().await;
    Person::arrives(&server, "alice").await;
    server.get("/health/live").send().await.expect(200);
    let before = server.server.password_hashes();
    let guessing = (0..200).map(|index| {
        let name = format!("someone{}", index % 100);
        let server = &server;
        async move { guesses(server, "", &name).await }
    });
    futures_util::future::join_all(guessing).await;
    let checked = server.server.password_hashes() - before;
    // As many more may slip through as passwords are hashed in parallel.
    let parallel = std::thread::available_parallelism().unwrap().get() as u64;
    assert!((50..50 + parallel).contains(&checked), "{checked}");
}

async fn looks_up(server: &TestServer, person: &Person, name: &str) -> Answer {
    let body = json!({ "email": name });
    server.post("/users/lookup").token(&person.access).json(&body).send().await
}

async fn three_lookups() -> (TestServer, Person, Person) {
    let server = spawn_server_with(&["--lookups", "3"]).await;
    let alice = Person::arrives(&server, "alice").await;
    let bob = Person::arrives(&server, "bob").await;
    (server, alice, bob)
}

#[tokio::test]
async fn looking_up_many_names_slows_down() {
    let (server, alice, bob) = three_lookups().await;
    for name in ["nobody", "bob", "no@body.org"] {
        assert_ne!(looks_up(&server, &alice, name).await.status, 429);
    }
    let wait = told_to_wait(&looks_up(&server, &alice, "bob").await);
    // It concerns who did it, and what is known already goes on.
    looks_up(&server, &bob, "alice").await.expect(200);
    alice.sends(&server, &[&bob]).await;
    alice.reads(&server, &format!("/users/{}", bob.id)).await.expect(200);
    server.pass(Duration::from_secs(wait));
    looks_up(&server, &alice, "bob").await.expect(200);
}

#[tokio::test]
async fn sending_tells_no_more_names_than_looking_up() {
    let (server, alice, bob) = three_lookups().await;
    let message_to = |name: &str| -> Value {
        json!({
            "message_id": uuid(), "receiver_email": name, "content_type": "text",
            "envelope": envelope(&[&alice.enc_kid]),
        })
    };
    for name in ["nobody1", "nobody2", "nobody3"] {
        alice.posts(&server, &message_to(name)).await.refused(404, "receiver_not_found");
    }
    for name in ["nobody4", "bob", &bob.email] {
        told_to_wait(&alice.posts(&server, &message_to(name)).await);
    }
    told_to_wait(&looks_up(&server, &alice, "bob").await);
    alice.sends(&server, &[&bob]).await;
}

#[tokio::test]
async fn reading_tells_no_more_names_than_looking_up() {
    let (server, alice, bob) = three_lookups().await;
    let reads = async |name: &str| {
        let body = json!({ "sender_email": name, "receiver_email": "alice" });
        let path = "/messaging/receive_messages";
        server.post(path).token(&alice.access).json(&body).send().await
    };
    reads("nobody").await.refused(404, "user_not_found");
    for name in ["bob", "bob"] {
        reads(name).await.expect(200);
    }
    for name in ["nobody", "bob"] {
        told_to_wait(&reads(name).await);
    }
    bob.sends(&server, &[&alice]).await;
    for _ in 0..5 {
        assert_eq!(reads("bob").await.expect(200)["messages"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_network_registers_so_many_accounts_and_then_one_at_a_time() {
    let server = spawn_server_with(&[
        "--trusted-proxies",
        "127.0.0.1",
        "--registrations",
        "3",
        "--registration-seconds",
        "60",
    ])
    .await;
    let registers = async |from: &str, name: &str| {
        let email = format!("{name}@example.org");
        let body = json!({ "username": name, "email": email, "password": PASSWORD });
        server.post("/auth/register").header("x-forwarded-for", from).json(&body).send().await
    };
    for name in ["alice", "bob", "carol"] {
        registers("198.51.100.1", name).await.expect(201);
    }
    let before = server.server.password_hashes();
    let wait = told_to_wait(&registers("198.51.100.1", "alice2").await);
    assert!(wait <= 61, "{wait}");
    assert_eq!(server.server.password_hashes(), before, "refused before hashing");
    registers("198.51.100.2", "alice3").await.expect(201);
    server.pass(Duration::from_secs(wait));
    registers("198.51.100.1", "alice4").await.expect(201);
    told_to_wait(&registers("198.51.100.1", "alice5").await);
}
