import { account } from './en/account';
import { staff } from './en/staff';
import { rotation, trust } from './en/trust';

/** Every sentence of the page in English; the type of this object is what a language must have. */
export const en = {
  name: 'English',
  tagline: 'Letters that only their readers open',
  promise:
    'Each letter is signed and sealed in this browser. The server carries it, and can’t read it.',
  skip: 'Skip to the letters',

  signUp: {
    title: 'Sign up',
    username: 'Username',
    usernameHint: '3 to 32 of a–z, 0–9, dot, hyphen and underscore. It can’t be changed later.',
    email: 'E-mail',
    emailHint: 'People can write to you by either name.',
    password: 'Password',
    submit: 'Create account',
    makingKeys: 'Making your keys',
    makingKeysHint: 'Four large prime numbers are being searched for. This takes a few seconds.',
    primes: (found: number) => `${found} of 4 primes found`,
    registering: 'Registering your account …',
  },
  signIn: {
    title: 'Sign in',
    name: 'E-mail or username',
    password: 'Password',
    submit: 'Sign in',
    working: 'Unlocking your keys …',
    forgotten: 'Password forgotten?',
    ended: 'Your session has ended. Sign in again; what you had written is still here.',
    untold:
      'You are signed out here, but the server could not be told, and goes on with the session until it runs out. To end it, sign in once there is a connection, and look under “Your account” where you are signed in.',
    vaultHint: 'Your password unlocks your keys on this device. It is not sent to the server.',
  },
  password: {
    hint: (least: number) =>
      `At least ${least} characters; several words are good. It never leaves this page.`,
    scores: ['Guessed at once', 'Easily guessed', 'Fair', 'Good', 'Very good'],
    guessed: (span: string) => `Whoever had the server’s copy would guess for about ${span}.`,
    centuries: 'Whoever had the server’s copy would guess for centuries.',
    unknown:
      'How hard it is to guess could not be estimated. Take several words that don’t belong together.',
  },
  stay: {
    label: 'Stay signed in on this device',
    otherwise: 'Otherwise the keys are wiped when the page closes or rests for 15 minutes.',
    meaning:
      'Your keys stay in this browser, locked with a key that it uses but does not give away. Whoever can use this browser can read your letters and write in your name, until you sign out. Not for a computer that you share.',
  },
  recover: {
    title: 'Forgotten password',
    explanation:
      'Your recovery code opens your keys, and you choose a new password. Without the code nobody can open them, not even the people who run the server.',
    code: 'Recovery code',
    codeHint: 'Eight groups of four, and a check sign. Capitals and hyphens don’t matter.',
    password: 'New password',
    submit: 'Set the new password',
    back: 'Back to signing in',
    done: 'Your new password is in force. You are signed out everywhere else, and your recovery code stays in force.',
  },
  recovery: {
    title: 'Your recovery code',
    explanation:
      'If you forget your password, this code opens your letters, and nothing else does. It is shown only now.',
    code: 'Recovery code',
    copy: 'Copy',
    copied: 'Copied',
    save: 'Save',
    print: 'Print',
    where:
      'Keep it where you keep important papers, or in a password manager; not in this browser.',
    next: 'I have kept it',
    notNow: 'Not now',
    askBack: 'Type the code from where you have kept it, so that it is sure to be there.',
    confirm: 'Go on',
    again: 'Show it again',
    fileTitle: (username: string, host: string) => `Recovery code for ${username} at ${host}`,
    fileHint: 'Whoever has this code can open your letters. Keep it to yourself.',
    missing: 'You have no recovery code. Without one, a forgotten password loses your letters.',
    make: 'Make a recovery code',
    confirmPassword: 'Your password, so that it is sure to be you.',
  },
  locked: {
    title: 'Locked',
    explanation: (username: string) =>
      `The keys of ${username} have been wiped from this page’s memory. Your password brings them back.`,
    unsent: (count: number) =>
      count === 1
        ? 'One letter that has not been sent is kept, sealed, as long as this page stays open.'
        : `${count} letters that have not been sent are kept, sealed, as long as this page stays open.`,
    submit: 'Unlock',
  },
  showPassword: ['Show', ' password'],
  hidePassword: ['Hide', ' password'],

  list: {
    title: 'Conversations',
    empty: 'No letters yet. Write the first one.',
    listing: 'Fetching your conversations …',
    newLetter: 'New letter',
    signOut: 'Sign out',
    lock: 'Lock',
    account: 'Your account',
    users: 'Users',
    search: 'Search names and letters',
    found: 'Found',
    hits: (count: number) =>
      count === 0 ? 'Nothing found' : count === 1 ? '1 found' : `${count} found`,
    searchScope:
      'Only letters that are open on this page can be searched: the server can’t read them.',
    signedInAs: 'Signed in as',
    keptEmail: (email: string) =>
      `Your account had been made by an earlier attempt, with the e-mail address ${email}. It keeps that one: addresses can’t be changed yet.`,
    unread: (count: number) => (count === 1 ? '1 new letter' : `${count} new letters`),
    unsent: (count: number) => (count === 1 ? '1 not sent' : `${count} not sent`),
    draft: 'draft',
    yourself: 'yourself',
    connecting: 'Connecting …',
    live: 'Letters arrive as they are sent',
    lost: 'The server can’t be reached. Trying again …',
    odd: 'The server’s answers make no sense. Trying again …',
    arrived: (from: string) => `New letter from ${from}`,
    arrivedBroken: 'A letter has come whose seal is broken',
  },
  later: {
    loading: 'Fetching the page …',
    retry: 'Try again',
  },
  account,
  staff,
  trust,
  rotation,
  leave: {
    title: 'Something has not been sent',
    body: 'If you sign out now, letters that you have written but not sent are lost.',
    stay: 'Stay',
    go: 'Sign out anyway',
  },
  newLetter: {
    title: 'New letter',
    to: 'To',
    hint: 'The e-mail address or username of someone who has an account here. Several people: with commas in between.',
    submit: 'Open conversation',
    working: 'Fetching their keys …',
  },
  conversation: {
    back: 'Conversations',
    with: (names: string) => `Letters with ${names}`,
    choose: 'Choose a conversation, or write a new letter.',
    first: (name: string) =>
      `Nothing has been written yet. Your letter to ${name} will be the first.`,
    loading: 'Opening the letters …',
    earlier: 'Earlier letters',
    below: 'New letter ↓',
    letter: 'Letter',
    placeholder: 'Write your letter …',
    shortcut: 'Ctrl + Enter sends',
    attach: 'Attach files',
    attached: 'Attached files',
    drop: 'Drop files to attach them',
    limits: (size: string) => `Text, PDF, PNG, JPEG or GIF, up to ${size}`,
    detach: (name: string) => `Remove ${name}`,
    send: 'Send',
    retry: 'Try again',
    leftBefore:
      'The letter that you took back had left before: the server’s answer had got lost. It stands among the letters. What lies on your desk would be a second one.',
  },
  letter: {
    from: (name: string) => `From ${name}`,
    copy: 'Your letter',
    unproven: 'Letter of uncertain origin',
    signedBy: (name: string) => `Signed by ${name}`,
    notOpened: 'Broken seal: this letter is not shown',
    claimed: (name: string) => `The server says that ${name} sent this.`,
    key: (number: number) => `key no. ${number}`,
    current: 'current key',
    former: 'former key',
    remove: 'Delete',
    removeThis: (title: string, at: string) => `Delete: ${title}, ${at}`,
    removing: 'Delete this letter?',
    removingMeans:
      'It goes from your mailbox, on all your devices. The others keep theirs. This can’t be undone.',
    keep: 'Keep it',
    file: 'File',
    save: 'Save',
    show: 'Show',
    hide: 'Hide',
    picture: (name: string) => `The picture ${name}`,
    more: 'Show more',
    cancel: 'Cancel',
    fetching: (name: string) => `Fetching ${name}`,
    saving: (name: string) => `Saving ${name}`,
    saved: 'Opened, checked and saved.',
    waiting: 'Waiting …',
    sealing: 'Sealing …',
    uploading: 'Uploading …',
    sending: 'Sending …',
    held: 'Waits for the connection, then leaves by itself.',
    sent: 'Sent',
    failed: 'Not sent',
    uploadingFile: (name: string) => `Uploading ${name}`,
    retry: 'Try again',
    takeBack: 'Take back',
  },

  /** Why a delivered letter is not shown, by code. */
  broken: {
    bad_envelope: 'The envelope is damaged. Ask the sender to send the letter again.',
    not_a_recipient: 'The letter is not sealed to your keys. Ask the sender to send it again.',
    decrypt_failed:
      'The letter was altered on the way, or sealed wrongly. Ask the sender to send it again.',
    bad_letter:
      'What was sealed is not a letter that this page knows. The sender’s app may be at fault.',
    wrong_sender: 'It is signed with a key that is not the sender’s. It may be a forgery.',
    former_identity:
      'It is signed with a key that is not among those that you have accepted for the sender. Letters from before look like this too, and can’t be told from forgeries any more.',
    bad_signature: 'The signature does not hold. It may be a forgery.',
    key_retired: 'It is signed with a key that the sender had given up. It may be a forgery.',
    wrong_recipients:
      'It was written between other people than the server says, perhaps passed on from elsewhere.',
    wrong_id: 'It is another letter than the server says, perhaps an old one sent again.',
    bad_history: 'The key history that the server gave for the sender is not valid.',
    receiver_has_no_keys:
      'The server has no keys of the sender, so the signature can’t be checked.',
    destroyed: 'You have been signed out. Sign in again to open it.',
    internal: 'The page’s cryptography has failed. Reload the page and sign in again.',
    unexpected: 'It could not be opened. Reload the page and sign in again.',
  },

  /** What went wrong and what to do, by code. */
  failures: {
    unreachable: 'The server can’t be reached. Check your connection, then try again.',
    bad_answer: 'The server’s answer was not understood. Try again in a moment.',
    internal: 'Something failed inside. Try again; if it stays, reload the page and sign in again.',
    unavailable: 'The server is busy. Try again in a moment.',
    storage_full: 'The server’s disk is full. Try again later.',
    too_many_requests: 'Too many attempts. Wait a little, then try again.',
    request_timeout: 'The connection was too slow for the server. Try again.',
    session_ended: 'Your session has ended. Sign in again.',
    page_failed: 'This page could not be fetched. Try again; if it stays, reload all of Pli.',
    vault_failed:
      'The cryptography could not be loaded. Reload the page; the browser may be too old.',
    unexpected: 'Something unexpected happened. Try again; if it stays, reload the page.',
    invalid_request: 'The server does not accept this entry. Check what you typed.',

    incomplete: 'Something is missing. Fill in every field.',
    missing: 'Fill in this field.',
    username_invalid:
      'A username has 3 to 32 of a–z, 0–9, dot, hyphen and underscore, and begins with a letter or a digit.',
    email_invalid: 'This is not an e-mail address. Check what you typed.',
    password_too_short:
      'The password is too short. Take at least 10 characters; several words are good.',
    password_guessable:
      'This password would be guessed within a day. Take several words that don’t belong together.',
    username_taken: 'This username is taken. Choose another one.',
    email_taken: 'There is an account with this e-mail address. Sign in, or take another address.',
    registration_closed: 'This server does not take new accounts. Ask the people who run it.',

    wrong_credentials: 'The name or the password is wrong. Check both and try again.',
    wrong_password: 'The password is wrong. Check it and try again.',
    wrong_recovery:
      'There is no account with this name and this recovery code. Check both; a newer code replaces an older one.',
    bad_recovery_code: 'This is not a recovery code. A sign is missing or mistyped; compare it.',
    recovery_code_differs:
      'This is not the code that was just shown. Compare it, or have it shown again.',
    copy_refused: 'The browser did not let the code be copied. Save, print or write it down.',
    keys_changed:
      'Your keys have just changed on another device. Sign out and in again, then try again.',
    history_full:
      'Your keys have been renewed as often as is possible. Make a new account for newer ones.',
    recovery_code_unknown:
      'Your keys don’t know of your recovery code, so it would not open the new ones. Make a new recovery code first.',
    keys_not_taken:
      'The server did not take the new keys. Yours have stayed as they were; try again later.',
    keys_in_doubt:
      'The connection was lost, and the server may have the new keys or not. Nothing is lost: as soon as it can be reached, this page goes by what it has.',
    stale_history:
      'Your keys have just been renewed on another device. Those made here were dropped.',
    conversation_not_found: 'The server does not have this conversation any more. Reload the page.',
    message_not_found: 'The letter is not on the server any more.',
    account_has_no_keys:
      'This account was made elsewhere and has no keys, so no letters can be sealed to it. Sign up with another one.',
    wrong_account:
      'The server answered with another account than yours. Nothing was opened; do not go on.',
    username_differs: 'This is not your username. Type it as it stands above.',
    password_unsettled:
      'The connection broke before the answer came, so it is not known which password is in force. Wait for the connection, then find out.',
    password_unchanged:
      'The old password is still in force: the new one did not arrive. Try again.',
    deletion_unsettled:
      'The connection broke before the answer came, so it is not known whether the account is deleted. Wait for the connection, then press once more.',
    export_cut: 'The copy broke off before its end and has not been saved. Try again.',
    not_staff:
      'You are not staff any more, so this page is closed to you. Ask those who are, if that is a mistake.',
    last_staff: 'This is the last member of staff. Make somebody else staff first.',
    account_not_found: 'This account is not there any more. Fetch the list again.',
    keys_damaged:
      'Your password is right, but the server’s copy of your keys is damaged. Try again later.',
    recovery_damaged:
      'Your recovery code is right, but the server’s copy of your keys is damaged. Try again later, or sign in with your password if you remember it.',
    own_keys_replaced:
      'The keys of this account are not those that this browser knows, and not signed with them. They are not used, and nothing was opened.',
    kdf_refused:
      'The server asked for a dangerously weak treatment of your password, which was refused. Your password has not been sent; do not trust this server.',
    kdf_mismatch:
      'The server treated your password in two different ways, so it may be exposed. Do not trust this server, and change the password where else you use it.',
    history_rolled_back:
      'The server gave older keys of yours than this browser has seen. They were refused; try again later.',
    identity_changed:
      'The keys were replaced outside their signed history. They are not used; ask the person in another way what happened.',
    bad_history: 'The key history that the server gave is not valid. Nothing is sealed to it.',

    user_not_found: 'Nobody here has this e-mail address or username. Check what you typed.',
    wrong_person:
      'The server answered with someone else than you asked for. No conversation was opened; do not trust this server.',
    receiver_not_found:
      'There is no such account here any more, so the letter can’t be sent. Take it back, and send it to the other receivers, if there are any.',
    receiver_has_no_keys: 'This person has no keys yet, so nothing can be sealed to them.',
    sender_has_no_keys: 'Your account has no keys on the server. Sign out and in again.',
    own_address: 'This is your own name. Write to someone else.',
    recipients_mismatch:
      'Someone’s keys have just changed. Try again; if it stays, sign out and in again.',
    message_id_taken:
      'The server says that it has this letter already, sealed otherwise. If the others did not get it, take it back and send it anew.',
    bad_envelope: 'The server refused the envelope. Try again.',
    body_too_large: 'The letter is too long. Shorten it, or send it as a file.',
    letter_too_long: 'The letter is too long. Shorten it, or send it as a file.',

    file_refused:
      'This kind of file is not sent or opened here: only .txt, .pdf, .png, .jpg, .jpeg and .gif whose content is what the name says.',
    file_name_too_long: 'The file’s name is too long. Rename the file, then attach it again.',
    file_name_misleading:
      'The file’s name holds a slash or hidden signs that could mislead. Rename the file, then attach it again.',
    file_too_large_here:
      'This browser can’t save a file of this size from this page. Use another browser, or a page that begins with https.',
    disk_refused:
      'The file could not be written. Check that there is room on the disk, then try again.',
    picture_too_large: 'The picture is too large to be shown here. It can still be saved.',
    picture_unreadable: 'The picture is damaged and can’t be shown. It can still be saved.',
    file_too_large: 'The file is too large for this page or this server.',
    quota_exceeded: 'Your files and messages take all the room that the server gives you.',
    file_not_found: 'The file is not on the server any more. Ask the sender to send it again.',
    file_corrupted:
      'The file was altered or cut short on the way, and has not been saved. Try again, or ask the sender for it.',
    size_mismatch: 'The file changed while it was being read. Attach it again.',
    file_unreadable: 'The file can’t be read. It may have been moved or changed; attach it again.',
  },
  /** Where the failure has no sentence of its own. */
  unknown: (code: string) =>
    `Something went wrong (${code}). Try again; if it stays, reload the page.`,
  /** A failure of one of several things. */
  concerning: (what: string, sentence: string) => `${what}: ${sentence}`,
  waitSeconds: (seconds: number) => `Wait ${seconds} s.`,
};

/** What every language has. */
export type Strings = typeof en;
