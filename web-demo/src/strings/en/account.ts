/** The page of one's own account. */
export const account = {
  title: 'Your account',
  username: 'Username',
  email: 'E-mail',
  since: 'Since',
  id: 'Identifier',
  password: 'Your password',

  devices: {
    title: 'Where you are signed in',
    loading: 'Fetching the list …',
    on: (program: string, system: string) => `${program} on ${system}`,
    unknown: 'Unknown device',
    here: 'This device',
    since: (at: string) => `Signed in on ${at}`,
    used: (at: string) => `Last used on ${at}, to about five minutes`,
    end: 'Sign out',
    endOthers: 'Sign out all others',
    ended: (count: number) =>
      count === 1 ? 'One device has been signed out.' : `${count} devices have been signed out.`,
    retry: 'Try again',
  },

  change: {
    title: 'Password',
    meaning:
      'With a new password all your other devices are signed out, and this page goes on. If somebody may have learnt the old password, make new keys too: a copy of your keys from before still opens with it.',
    recovery: 'Your recovery code stays in force.',
    open: 'Change the password',
    current: 'Present password',
    wanted: 'New password',
    submit: 'Put the new password in force',
    working: 'Locking your keys anew …',
    done: 'The new password is in force. All other devices have been signed out.',
    settle: 'Find out',
  },

  recovery: {
    title: 'Recovery code',
    there: 'You have a recovery code: it opens your letters if you forget your password.',
    anew: 'If it is lost, or somebody has seen it, make a new one. The old one is worthless as soon as you have typed the new one back.',
    make: 'Make a new recovery code',
  },

  export: {
    title: 'Copy of everything',
    meaning:
      'One file with everything that the server holds of you. Letters are in it as the server has them: sealed. In the clear are your name and address, who wrote to whom and when, your devices and your public keys. Attached files are only listed; save them from their letters.',
    care: 'Your private keys are in it too, locked with your password, and with your recovery code if you have one. Keep the file where nobody else gets at it.',
    open: 'Save a copy',
    submit: 'Save the copy',
    working: 'Checking the password …',
    progress: 'Saving the copy',
    done: (size: string) => `The copy is whole and saved: ${size}.`,
  },

  deletion: {
    title: 'Deleting the account',
    open: 'Delete the account',
    gone: 'Your letters, your files and your e-mail address are deleted from the server, and your keys from this browser. Nobody can bring them back.',
    stays:
      'Your username stays taken for ever: nobody else can write under it. Your public keys stay with it, so that others can still open the letters that you sent them, and keep.',
    name: 'Your username, as a sign that you mean it',
    submit: 'Delete the account for ever',
    working: 'Deleting …',
  },

  /** On the page before signing in. */
  deleted: (username: string) =>
    `The account ${username} has been deleted, with everything that this browser kept of it.`,
  doubt: {
    password:
      'Your session has ended while your password was being changed, and the server’s answer got lost. Sign in with the new password; if it is refused, the old one is still in force. What you had written is still here.',
    deletion:
      'Your session has ended while your account was being deleted, and the server’s answer got lost. If you can’t sign in any more, it has been deleted.',
  },
};
