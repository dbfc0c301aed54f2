import type { staff as en } from '../en/staff';
import { de } from './de';

/** La page des utilisateurs, pour les responsables. */
export const staff: typeof en = {
  title: 'Utilisateurs',
  loading: 'La liste arrive…',
  retry: 'Réessayer',
  person: 'Personne',
  since: 'Depuis',
  rights: 'Droits',
  isStaff: 'Responsable',
  isMember: 'Membre',
  isActive: 'Peut se connecter',
  isInactive: 'Ne peut pas se connecter',
  you: 'vous',
  pages: 'Pages',
  previous: 'Page précédente',
  next: 'Page suivante',
  page: (page, pages) => `Page ${page} sur ${pages}`,
  total: (count) => (count < 2 ? `${count} utilisateur` : `${count} utilisateurs`),
  own: 'C’est votre propre compte : cela vaut aussitôt, ici aussi.',
  cancel: 'Annuler',

  grant: {
    action: 'Nommer responsable',
    question: (name) => `Nommer ${name} responsable ?`,
    meaning:
      'Les responsables voient le nom et l’adresse de chacun, et décident qui peut se connecter et qui est responsable. Ils ne peuvent pas lire les lettres.',
    done: (name) => `${name} est maintenant responsable.`,
  },
  withdraw: {
    action: 'Retirer ce rôle',
    question: (name) => `Retirer à ${name} le rôle de responsable ?`,
    meaning:
      'Cette personne continue d’écrire des lettres, mais ne voit plus cette page et ne change plus les comptes des autres.',
    done: (name) => `${name} n’est plus responsable.`,
  },
  deactivate: {
    action: 'Désactiver',
    question: (name) => `Désactiver le compte ${de(name)} ?`,
    meaning:
      'Cette personne est aussitôt déconnectée partout, ne peut plus se connecter, et personne ne peut lui écrire. Rien n’est supprimé.',
    done: (name) => `${name} ne peut plus se connecter.`,
  },
  reactivate: {
    action: 'Réactiver',
    question: (name) => `Réactiver le compte ${de(name)} ?`,
    meaning:
      'Cette personne peut se connecter avec son mot de passe et recevoir des lettres, comme avant.',
    done: (name) => `${name} peut se connecter de nouveau.`,
  },
};
