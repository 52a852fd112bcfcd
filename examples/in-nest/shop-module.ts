/**
 * A module of NestJS with one route of its own. Decorators are called as functions here, because
 * Node.js runs these sources without their types, and takes no decorators.
 */
import { Body, Controller, Get, Module, Post } from '@nestjs/common';

export class ShopController {
  home(): string {
    return 'the shop';
  }

  order({ part }: { readonly part: string }): object {
    return { ordered: part };
  }
}

export class ShopModule {}

const { prototype } = ShopController;
const methodOf = (name: 'home' | 'order') => ({ value: prototype[name] });
Controller()(ShopController);
Get()(prototype, 'home', methodOf('home'));
Post('orders')(prototype, 'order', methodOf('order'));
Body()(prototype, 'order', 0);
Module({ controllers: [ShopController] })(ShopModule);
