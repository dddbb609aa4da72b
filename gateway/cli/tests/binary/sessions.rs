//! Test sessions and snapshots, by the binary alone.

use serde_json::json;

use crate::support::{Up, data, eush, run};

#[test]
fn a_session_is_made_used_saved_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("bus");
    let up = Up::start(&dir, &[]);
    assert!(run(&dir, &["clock", "freeze"]).status.success());
    let (status, made) = data(
        &dir,
        &["session", "create", "mine", "--offset", "2d", "--time-to-live", "2h", "--profile", "as-written"],
    );
    assert!(status.success(), "{made}");
    assert_eq!((made["key"].as_str(), made["profile"].as_str()), (Some("mine"), Some("as-written")));
    let again = run(&dir, &["session", "create", "mine"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("SESSION_EXISTS"));

    // On hold in the session; the shared bus knows nothing of it.
    assert!(
        run(
            &dir,
            &["--session", "mine", "cert", "export", "aigerim", "--out", folder.path().to_str().unwrap()]
        )
        .status
        .success()
    );
    assert!(run(&dir, &["--session", "mine", "cert", "hold", "aigerim"]).status.success());
    let apply = ["apply", "000-A/portal", "--as", "aigerim", "--pending", "leave", "--message-id", "m-1"];
    let held = eush(&dir).arg("--json").args(apply).env("EUSH_SESSION", "mine").output().unwrap();
    assert_eq!(held.status.code(), Some(1), "{}", String::from_utf8_lossy(&held.stderr));
    let (_, entry) = data(&dir, &["--session", "mine", "journal", "m-1"]);
    assert_eq!(entry["reason"], "CERTIFICATE_ON_HOLD", "{entry}");
    let (_, before) = data(&dir, &["session", "show", "mine"]);
    assert_eq!(before["counts"]["applications"], json!(1), "{before}");
    let (status, applied) = data(&dir, &apply);
    assert!(status.success(), "{applied}");
    let (_, shown) = data(&dir, &["session", "show", "mine"]);
    assert_eq!(shown["counts"], before["counts"], "what the shared bus does is nothing of the session's");
    let (_, shared) = data(&dir, &["journal", "m-1"]);
    assert!(shared["reason"].is_null(), "{shared}");

    // Saved, reset, restored: the journal is there again.
    let file = folder.path().join("mine.eush");
    let file = file.to_str().unwrap();
    assert!(run(&dir, &["--session", "mine", "snapshot", "save", file]).status.success());
    let (status, reset) = data(&dir, &["session", "reset", "mine"]);
    assert!(status.success() && reset["counts"]["messages"] == json!(0), "{reset}");
    let damaged = folder.path().join("damaged.eush");
    let mut bytes = std::fs::read(file).unwrap();
    bytes.pop();
    std::fs::write(&damaged, bytes).unwrap();
    let refused = run(&dir, &["--session", "mine", "snapshot", "restore", damaged.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("damaged"));
    assert!(run(&dir, &["--session", "mine", "snapshot", "restore", file]).status.success());
    let (_, shown) = data(&dir, &["session", "show", "mine"]);
    assert_eq!(shown["counts"], before["counts"], "{shown}");

    // A kill takes nothing of it; its end takes all.
    up.kill();
    let _up = Up::start(&dir, &[]);
    let (_, listed) = data(&dir, &["session", "list"]);
    assert_eq!(listed[0]["key"], json!("mine"), "{listed}");
    assert!(run(&dir, &["session", "end", "mine"]).status.success());
    let over = run(&dir, &["--session", "mine", "journal"]);
    assert_eq!(over.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&over.stderr).contains("SESSION_UNKNOWN"));
}
