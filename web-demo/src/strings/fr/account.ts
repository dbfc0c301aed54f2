import type { account as en } from '../en/account';

/** La page de son propre compte. */
export const account: typeof en = {
  title: 'Votre compte',
  username: 'Nom d’utilisateur',
  email: 'Adresse e-mail',
  since: 'Depuis',
  id: 'Identifiant',
  password: 'Votre mot de passe',

  devices: {
    title: 'Où vous êtes connecté',
    loading: 'La liste arrive…',
    on: (program, system) => `${program} sous ${system}`,
    unknown: 'Appareil inconnu',
    here: 'Cet appareil',
    since: (at) => `Connecté le ${at}`,
    used: (at) => `Dernier usage le ${at}, à cinq minutes près`,
    end: 'Déconnecter',
    endOthers: 'Déconnecter tous les autres',
    ended: (count) =>
      count === 1 ? 'Un appareil a été déconnecté.' : `${count} appareils ont été déconnectés.`,
    retry: 'Réessayer',
  },

  change: {
    title: 'Mot de passe',
    meaning:
      'Avec un nouveau mot de passe, tous vos autres appareils sont déconnectés, et cette page continue. Si quelqu’un a pu apprendre l’ancien mot de passe, changez aussi vos clés : une copie plus ancienne de vos clés s’ouvre encore avec lui.',
    recovery: 'Votre code de secours reste valable.',
    open: 'Changer le mot de passe',
    current: 'Mot de passe actuel',
    wanted: 'Nouveau mot de passe',
    submit: 'Mettre en vigueur le nouveau mot de passe',
    working: 'Vos clés sont verrouillées à nouveau…',
    done: 'Le nouveau mot de passe est en vigueur. Tous les autres appareils ont été déconnectés.',
    settle: 'Vérifier',
  },

  recovery: {
    title: 'Code de secours',
    there:
      'Vous avez un code de secours : il ouvre vos lettres si vous oubliez votre mot de passe.',
    anew: 'S’il est perdu, ou si quelqu’un l’a vu, créez-en un nouveau. L’ancien ne vaut plus rien dès que vous avez retapé le nouveau.',
    make: 'Créer un nouveau code de secours',
  },

  export: {
    title: 'Copie de tout',
    meaning:
      'Un seul fichier avec tout ce que le serveur garde de vous. Les lettres y sont comme le serveur les a : scellées. Sont en clair votre nom et votre adresse, qui a écrit à qui et quand, vos appareils et vos clés publiques. Les fichiers joints sont seulement cités ; enregistrez-les depuis leurs lettres.',
    care: 'Vos clés privées y sont aussi, verrouillées par votre mot de passe, et par votre code de secours si vous en avez un. Gardez ce fichier hors de portée des autres.',
    open: 'Enregistrer une copie',
    submit: 'Enregistrer la copie',
    working: 'Vérification du mot de passe…',
    progress: 'Enregistrement de la copie',
    done: (size) => `La copie est entière et enregistrée : ${size}.`,
  },

  deletion: {
    title: 'Suppression du compte',
    open: 'Supprimer le compte',
    gone: 'Vos lettres, vos fichiers et votre adresse e-mail sont supprimés du serveur, et vos clés de ce navigateur. Personne ne peut les ramener.',
    stays:
      'Votre nom d’utilisateur reste pris pour toujours : personne d’autre ne peut écrire sous ce nom. Vos clés publiques restent avec lui, pour que les autres puissent encore ouvrir les lettres que vous leur avez envoyées, et qu’ils gardent.',
    name: 'Votre nom d’utilisateur, pour montrer que vous le voulez',
    submit: 'Supprimer le compte pour toujours',
    working: 'Suppression…',
  },

  deleted: (username) =>
    `Le compte ${username} a été supprimé, avec tout ce que ce navigateur en gardait.`,
  doubt: {
    password:
      'Votre session s’est terminée pendant le changement de votre mot de passe, et la réponse du serveur s’est perdue. Connectez-vous avec le nouveau mot de passe ; s’il est refusé, l’ancien est toujours en vigueur. Ce que vous aviez écrit est toujours là.',
    deletion:
      'Votre session s’est terminée pendant la suppression de votre compte, et la réponse du serveur s’est perdue. Si vous ne pouvez plus vous connecter, il a été supprimé.',
  },
};
