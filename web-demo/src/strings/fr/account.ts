import type { account as en } from '../en/account';

/** La page de son propre compte. */
export const account: typeof en = {
  title: 'Votre compte',
  username: 'Nom d’utilisateur',
  email: 'Adresse e-mail',
  since: 'Depuis',
  id: 'Identifiant',
};
