/** The five steps of the measured saga, for peers that name their steps. */
export const sagaSteps = [
  'vote constants',
  'vote methods',
  'vote tags',
  'delete',
  'announce',
] as const;
